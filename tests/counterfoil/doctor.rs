//! `counterfoil doctor`.

use std::os::unix::fs::symlink;
use std::path::PathBuf;

use serde_json::{Value, json};
use snapbox::{assert_data_eq, str};
use support::Finished;

use crate::workspace::Workspace;

const VALUE: &str = "value-of-a-secret";

/// Runs it with this `PATH`, nothing else in the environment but these variables.
fn doctor(
    workspace: &Workspace,
    path: &[PathBuf],
    variables: &[(&str, &str)],
    arguments: &[&str],
) -> Finished {
    let arguments = [&["doctor"], arguments].concat();
    let path = std::env::join_paths(path).unwrap();
    workspace
        .counterfoil(arguments)
        .env("PATH", path)
        .envs(variables.iter().copied())
        .run()
}

fn report(ended: &Finished) -> Value {
    ended.envelope()
}

/// Writes a shell script; returns its directory.
fn script(workspace: &Workspace, name: &str, body: &str) -> PathBuf {
    workspace.executable(&format!("bin/{name}"), format!("#!/bin/sh\n{body}\n"));
    workspace.bin()
}

/// A directory with the cargo that runs this test, and nothing else.
fn cargo(workspace: &Workspace) -> PathBuf {
    let dir = workspace.create_dir("toolchain");
    symlink(env!("CARGO"), dir.join("cargo")).unwrap();
    dir
}

#[test]
fn reports_a_complete_machine() {
    let workspace = Workspace::with_package();
    let image = "image: {oci: \"ghcr.io/o/r/a-b@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}\n";
    let entry = workspace.read("registry/a_b.yaml");
    workspace.write("registry/a_b.yaml", format!("{entry}{image}"));
    let path = [
        cargo(&workspace),
        script(&workspace, "a-b", "exit 1"),
        script(&workspace, "docker", "echo 28.5.1"),
        script(&workspace, "podman", "echo 5.6.2"),
    ];
    let ended = doctor(&workspace, &path, &[("A", VALUE), ("B", VALUE)], &["--json"]);
    ended.assert_status(0);
    assert!(!format!("{ended:?}").contains(VALUE), "{ended:?}");
    let report = report(&ended);
    let bin = workspace.path("bin");
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
fn each_missing_part_has_a_hint() {
    let workspace = Workspace::with_package();
    let path = [
        cargo(&workspace),
        script(&workspace, "docker", "echo no daemon >&2; exit 1"),
    ];
    let ended = doctor(&workspace, &path, &[("CI", "true"), ("A", " ")], &[]);
    ended.assert_status(0);
    let stdout = ended.stdout.replace(workspace.root().to_str().unwrap(), "/place");
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
  images are not pinned; `counterfoil pin` pins one, for all but a local process
  a/b@1 is not built; run it with --build, or `cargo build --release -p a-b` and add the binary to PATH
  A is not set; export it for real mode of a/b@1
  CI is set, so real mode is refused; unset it for real runs

"#]]
    );
}

#[test]
fn without_cargo_a_built_processor_is_enough_and_no_other_will_do() {
    let workspace = Workspace::with_package();
    let nothing = workspace.path("nothing");
    let ended = doctor(&workspace, &[nothing], &[], &["--json"]);
    ended.assert_status(1);
    assert_eq!(report(&ended)["ready"], false);
    let gaps = report(&ended)["gaps"].to_string();
    assert!(gaps.contains("cargo is not there; install Rust"), "{gaps}");

    let bin = script(&workspace, "a-b", "exit 1");
    let ended = doctor(&workspace, &[bin], &[], &["--json"]);
    ended.assert_status(0);
}

#[test]
fn without_a_registry_or_an_entry_nothing_runs() {
    let workspace = Workspace::empty();
    let path = [cargo(&workspace)];
    let ended = doctor(&workspace, &path, &[], &["--json"]);
    ended.assert_status(1);
    assert_eq!(report(&ended)["registry"], Value::Null);
    assert!(
        report(&ended)["gaps"]
            .to_string()
            .contains("there is no registry"),
        "{ended:?}"
    );
    workspace.write("registry/a_b.yaml", "ref: wrong\n");
    let ended = doctor(&workspace, &path, &[], &["--json"]);
    ended.assert_status(1);
    let gaps = report(&ended)["gaps"].to_string();
    assert!(
        gaps.contains("the registry has no entry") && gaps.contains("registry check"),
        "{gaps}"
    );
}

#[test]
fn artifacts_need_a_writable_directory() {
    let workspace = Workspace::with_package();
    let path = [cargo(&workspace)];
    workspace.write("file", "");
    for dir in ["file", "file/below"] {
        let ended = doctor(&workspace, &path, &[], &["--json", "--artifacts-dir", dir]);
        ended.assert_status(1);
        assert_eq!(report(&ended)["artifacts"]["writable"], false);
        let gap = format!("{dir} is not a directory that can be written; name another with --artifacts-dir");
        assert!(
            report(&ended)["gaps"].as_array().unwrap().contains(&json!(gap)),
            "{ended:?}"
        );
    }
    for dir in ["new", "new/below", ".", workspace.root().to_str().unwrap()] {
        let ended = doctor(&workspace, &path, &[], &["--json", "--artifacts-dir", dir]);
        ended.assert_status(0);
        assert_eq!(report(&ended)["artifacts"]["writable"], true);
    }
    assert!(!workspace.path("new").exists(), "it only looks");
}

#[test]
fn an_engine_that_hangs_does_not_hang_the_doctor() {
    let workspace = Workspace::with_package();
    let path = [cargo(&workspace), script(&workspace, "docker", "kill -STOP $$")];
    let ended = doctor(&workspace, &path, &[], &["--json"]);
    ended.assert_status(0);
    assert_eq!(report(&ended)["engines"][0]["version"], Value::Null);
}
