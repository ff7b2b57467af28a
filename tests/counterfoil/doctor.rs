//! `counterfoil doctor`.

use std::os::unix::fs::symlink;
use std::path::PathBuf;

use serde_json::{Value, json};
use snapbox::{assert_data_eq, str};

use crate::program::{Ended, Place};

const VALUE: &str = "value-of-a-secret";

/// Runs it with this `PATH`, nothing else in the environment but these variables.
fn doctor(place: &Place, path: &[PathBuf], variables: &[(&str, &str)], arguments: &[&str]) -> Ended {
    let arguments = [&["doctor"], arguments].concat();
    place.run_with(&arguments, |command| {
        command
            .env_clear()
            .env("PATH", std::env::join_paths(path).unwrap())
            .envs(variables.iter().copied())
    })
}

fn report(ended: &Ended) -> Value {
    let mut lines = ended.json_lines();
    assert_eq!(lines.len(), 1, "{ended:?}");
    lines.remove(0)
}

/// A folder with the cargo that runs this test, and nothing else.
fn cargo(place: &Place) -> PathBuf {
    let folder = place.path().join("toolchain");
    std::fs::create_dir(&folder).unwrap();
    symlink(env!("CARGO"), folder.join("cargo")).unwrap();
    folder
}

#[test]
fn everything_is_there() {
    let place = Place::workspace();
    let image = "image: {oci: \"ghcr.io/o/r/a-b@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}\n";
    let entry = place.read("registry/a_b.yaml");
    place.write("registry/a_b.yaml", &format!("{entry}{image}"));
    let path = [
        cargo(&place),
        place.script("bin", "a-b", "exit 1"),
        place.script("bin", "docker", "echo 28.5.1"),
        place.script("bin", "podman", "echo 5.6.2"),
    ];
    let ended = doctor(&place, &path, &[("A", VALUE), ("B", VALUE)], &["--json"]);
    ended.assert_status(0);
    assert!(!format!("{ended:?}").contains(VALUE), "{ended:?}");
    let report = report(&ended);
    let bin = place.path().join("bin");
    assert_eq!(report["ready"], true);
    assert_eq!(
        report["engines"],
        json!([
            {"name": "docker", "path": bin.join("docker"), "version": "28.5.1"},
            {"name": "podman", "path": bin.join("podman"), "version": "5.6.2"},
        ])
    );
    assert_eq!(
        report["processors"],
        json!([{"ref": "a/b@1", "package": "a-b", "binary": bin.join("a-b")}])
    );
    assert_eq!(
        report["secrets"],
        json!([
            {"name": "A", "ref": "a/b@1", "required": true, "set": true},
            {"name": "B", "ref": "a/b@1", "required": false, "set": true},
        ])
    );
    assert_eq!(
        report["registry"],
        json!({"folder": "registry", "entries": 1, "problems": 0, "unpinned": 0})
    );
    assert_eq!(
        report["artifacts"],
        json!({"folder": "./artifacts", "writable": true})
    );
    assert_eq!((&report["ci"], &report["gaps"]), (&json!(false), &json!([])));
}

#[test]
fn each_gap_has_its_way_out() {
    let place = Place::workspace();
    let path = [
        cargo(&place),
        place.script("bin", "docker", "echo no daemon >&2; exit 1"),
    ];
    let ended = doctor(&place, &path, &[("CI", "true"), ("A", " ")], &[]);
    ended.assert_status(0);
    let stdout = ended.stdout.replace(place.path().to_str().unwrap(), "/place");
    let (cargo, rest) = stdout.split_once("\nCI").unwrap();
    assert!(cargo.contains("\ncargo       1."), "{cargo}");
    assert_data_eq!(
        rest,
        str![[r#"
          set
artifacts   ./artifacts, writable
registry    registry, entries 1, problems 0, not pinned 1
  a/b@1: not built
    A: required, not set
    optional, not set: 1

To do:
  docker does not answer; start its service for --engine docker
  podman is not on PATH; install it for --engine podman
  images are not pinned; whatever is not a local process needs image.oci in the entry
  a/b@1 is not built; run it with --build, or `cargo build --release -p a-b` and add the binary to PATH
  A is not set; export it for real mode of a/b@1
  CI is set, so real mode is refused; unset it for real runs

"#]]
    );
}

#[test]
fn without_cargo_a_built_processor_is_enough_and_no_other_will_do() {
    let place = Place::workspace();
    let nothing = place.path().join("nothing");
    let ended = doctor(&place, &[nothing], &[], &["--json"]);
    ended.assert_status(1);
    assert_eq!(report(&ended)["ready"], false);
    let gaps = report(&ended)["gaps"].to_string();
    assert!(gaps.contains("cargo is not there; install Rust"), "{gaps}");

    let bin = place.script("bin", "a-b", "exit 1");
    let ended = doctor(&place, &[bin], &[], &["--json"]);
    ended.assert_status(0);
}

#[test]
fn without_a_registry_or_an_entry_nothing_runs() {
    let place = Place::new();
    let path = [cargo(&place)];
    let ended = doctor(&place, &path, &[], &["--json"]);
    ended.assert_status(1);
    assert_eq!(report(&ended)["registry"], Value::Null);
    assert!(
        report(&ended)["gaps"]
            .to_string()
            .contains("there is no registry"),
        "{ended:?}"
    );
    place.write("registry/a_b.yaml", "ref: wrong\n");
    let ended = doctor(&place, &path, &[], &["--json"]);
    ended.assert_status(1);
    let gaps = report(&ended)["gaps"].to_string();
    assert!(
        gaps.contains("the registry has no entry") && gaps.contains("registry check"),
        "{gaps}"
    );
}

#[test]
fn artifacts_need_a_folder() {
    let place = Place::workspace();
    let path = [cargo(&place)];
    place.write("file", "");
    for folder in ["file", "file/below"] {
        let ended = doctor(&place, &path, &[], &["--json", "--artifacts-dir", folder]);
        ended.assert_status(1);
        assert_eq!(report(&ended)["artifacts"]["writable"], false);
        let gap =
            format!("{folder} is not a directory that can be written; name another with --artifacts-dir");
        assert!(
            report(&ended)["gaps"].as_array().unwrap().contains(&json!(gap)),
            "{ended:?}"
        );
    }
    for folder in ["new", "new/below", ".", place.path().to_str().unwrap()] {
        let ended = doctor(&place, &path, &[], &["--json", "--artifacts-dir", folder]);
        ended.assert_status(0);
        assert_eq!(report(&ended)["artifacts"]["writable"], true);
    }
    assert!(!place.path().join("new").exists(), "it only looks");
}

#[test]
fn an_engine_that_hangs_does_not_hang_the_doctor() {
    let place = Place::workspace();
    let path = [cargo(&place), place.script("bin", "docker", "kill -STOP $$")];
    let ended = doctor(&place, &path, &[], &["--json"]);
    ended.assert_status(0);
    assert_eq!(report(&ended)["engines"][0]["version"], Value::Null);
}
