//! `counterfoil registry`.

mod remote;

use serde_json::json;
use snapbox::{assert_data_eq, str};

use crate::workspace::{Workspace, entry};

const HEX: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

#[test]
fn list_is_a_table() {
    let workspace = Workspace::with_package();
    let image = format!("image: {{oci: \"ghcr.io/o/r/speech-whisper@sha256:{HEX}\"}}\n");
    workspace.write(
        "registry/speech_whisper.yaml",
        entry("speech/whisper@2", "speech-whisper", &image),
    );
    let ended = workspace.counterfoil(["registry", "list"]).run();
    ended.assert_status(0);
    assert_data_eq!(
        ended.stdout,
        str![[r#"
REF               PACKAGE         IMAGE                CPU  MEMORY  TIMEOUT  SECRETS
a/b@1             a-b             not pinned           1    2Gi     60s      A [B]
speech/whisper@2  speech-whisper  sha256:0123456789ab  1    2Gi     60s

"#]]
    );
}

#[test]
fn many_optional_secrets_are_counted() {
    let workspace = Workspace::with_package();
    workspace.write(
        "registry/a_b.yaml",
        entry(
            "a/b@1",
            "a-b",
            "secrets: {required: [A], optional: [B, C, D, E]}\n",
        ),
    );
    let ended = workspace.counterfoil(["registry", "list"]).run();
    ended.assert_status(0);
    assert!(ended.stdout.ends_with(" A [4 optional]\n"), "{ended:?}");
}

#[test]
fn list_as_json_is_an_entry_a_line() {
    let lines = Workspace::with_package()
        .counterfoil(["registry", "list", "--json"])
        .run()
        .json_lines();
    assert_eq!(
        lines,
        [json!({"file": "registry/a_b.yaml", "entry": {
            "ref": "a/b@1",
            "image": {},
            "build": {"package": "a-b"},
            "runtime": {"cpu": "1", "memory": "2Gi", "timeout_s": 60.0, "gpu": "none"},
            "secrets": {"required": ["A"], "optional": ["B"]},
            "inputs": {},
        }})]
    );
}

#[test]
fn a_file_that_is_no_entry_does_not_hide_the_others() {
    let workspace = Workspace::with_package();
    workspace.write("registry/0.yaml", "ref: a\n");
    let ended = workspace.counterfoil(["registry", "list"]).run();
    ended.assert_status(30);
    assert_data_eq!(
        ended.stdout,
        str![[r#"
REF    PACKAGE  IMAGE       CPU  MEMORY  TIMEOUT  SECRETS
a/b@1  a-b      not pinned  1    2Gi     60s      A [B]
registry/0.yaml: not a registry entry: ref: a processor reference has the form ns/name@ver, e.g. llm/litellm@1 at line 1, column 6; correct it there

"#]]
    );
    let ended = workspace.counterfoil(["registry", "list", "--json"]).run();
    ended.assert_status(30);
    let lines = ended.json_lines();
    assert_eq!(lines.len(), 2);
    assert!(
        lines[0]["problem"].as_str().unwrap().starts_with("ref: "),
        "{ended:?}"
    );
    assert_eq!(lines[1]["entry"]["ref"], "a/b@1");
}

#[test]
fn check_finds_nothing_wrong_with_a_good_registry() {
    let workspace = Workspace::with_package();
    let ended = workspace.counterfoil(["registry", "check"]).run();
    ended.assert_status(0);
    assert_data_eq!(
        ended.stdout,
        str![[r#"
registry/a_b.yaml: note: its image is not pinned; `counterfoil pin` pins it; only a local process needs none
entries 1, problems 0, notes 1

"#]]
    );
    let image = format!("image: {{oci: \"ghcr.io/o/r/a-b@sha256:{HEX}\"}}\n");
    workspace.write("registry/a_b.yaml", entry("a/b@1", "a-b", &image));
    let ended = workspace.counterfoil(["registry", "check", "--json"]).run();
    ended.assert_status(0);
    assert_eq!(ended.stdout, "");
}

#[test]
fn check_names_every_problem() {
    let workspace = Workspace::with_package();
    let lines = "image: {oci: \"a-b@sha256:HEX\"}\nsecrets: {required: [A], optional: [A]}\ninputs: {schema: {type: objekt}}\n";
    workspace.write(
        "registry/a_b.yaml",
        entry("a/b@1", "other", &lines.replace("HEX", HEX)),
    );
    workspace.write("registry/b.yml", entry("a/b@1", "a-b", "").replace("60", "90000"));
    workspace.write("registry/c_d.yaml", "ref: c/d@1\nref: c/d@1\n");
    workspace.write(
        "processors/lib/Cargo.toml",
        "[package]\nname = \"c-e\"\nedition = \"2024\"\n",
    );
    workspace.write("processors/lib/src/lib.rs", "");
    workspace.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"processors/*\"]\n",
    );
    workspace.write("registry/c_e.yaml", entry("c/e@1", "c-e", ""));
    let ended = workspace.counterfoil(["registry", "check"]).run();
    ended.assert_status(30);
    assert_data_eq!(
        ended.stdout,
        str![[r#"
registry/a_b.yaml: build.package other is not in the workspace; correct the name, or add the package to the members in Cargo.toml
registry/a_b.yaml: image.oci is not repo-scoped; name it ghcr.io/<owner>/<repo>/other@sha256:<64 hex>, without a tag
registry/a_b.yaml: A is named twice; name it once, as a required secret, an optional one, a setting, or a setting that is a file
registry/a_b.yaml: inputs.schema/type is not valid: "objekt" is not valid under any of the schemas listed in the 'anyOf' keyword; write JSON Schema that refers to nothing outside itself
registry/b.yml: a/b@1 has an entry in registry/a_b.yaml already; remove one of the two
registry/b.yml: it is the entry of a/b@1; name the file a_b.yaml
registry/b.yml: runtime.timeout_s is more than a day; give at most 86400 seconds
registry/b.yml: note: its image is not pinned; `counterfoil pin` pins it; only a local process needs none
registry/c_d.yaml: not a registry entry: duplicate mapping key `ref` is not allowed here at line 2, column 1; correct it there
registry/c_e.yaml: the package c-e has no binary of its own name; add src/main.rs
registry/c_e.yaml: note: its image is not pinned; `counterfoil pin` pins it; only a local process needs none
entries 3, problems 9, notes 2

"#]]
    );
    let ended = workspace.counterfoil(["registry", "check", "--json"]).run();
    ended.assert_status(30);
    let lines = ended.json_lines();
    assert_eq!(lines.len(), 11);
    assert_eq!(
        lines[2],
        json!({
            "file": "registry/a_b.yaml",
            "level": "problem",
            "what": "A is named twice",
            "way_out": "name it once, as a required secret, an optional one, a setting, or a setting that is a file",
        })
    );
}

/// An entry of a pull request is checked before anybody has read it.
#[test]
fn hostile_keys_do_not_steer_the_terminal() {
    let workspace = Workspace::with_package();
    workspace.write(
        "registry/a_b.yaml",
        entry("a/b@1", "a-b", "\"x\\e[2J\\n\\u202ey\": 1\n"),
    );
    for more in [&[][..], &["--json"]] {
        let ended = workspace
            .counterfoil([&["registry", "check"], more].concat())
            .run();
        ended.assert_status(30);
        assert!(ended.stdout.contains("[2J"), "{ended:?}");
        assert!(!ended.stdout.contains(['\u{1b}', '\u{202e}']), "{ended:?}");
    }
}

#[test]
fn the_registry_of_this_workspace_is_in_order() {
    let registry = concat!(env!("CARGO_MANIFEST_DIR"), "/../registry");
    let ended = Workspace::empty()
        .counterfoil(["registry", "check", "--registry", registry])
        .run();
    ended.assert_status(0);
    assert!(ended.stdout.contains("llm_litellm.yaml"), "{ended:?}");
}

#[test]
fn a_registry_outside_a_workspace_is_a_problem() {
    let workspace = Workspace::empty();
    workspace.write("registry/a_b.yaml", entry("a/b@1", "a-b", ""));
    let ended = workspace.counterfoil(["registry", "check"]).run();
    ended.assert_status(30);
    assert!(
        ended
            .stdout
            .starts_with("registry: the packages that it names cannot be checked: there is no "),
        "{ended:?}"
    );
    assert!(
        ended.stdout.ends_with("entries 1, problems 1, notes 1\n"),
        "{ended:?}"
    );
}

#[test]
fn finds_the_registry_here_above_or_by_option() {
    let workspace = Workspace::with_package();
    let inside = workspace.path("processors/a-b/src");
    let ended = workspace
        .counterfoil(["registry", "list"])
        .current_dir(inside)
        .run();
    ended.assert_status(0);
    assert!(ended.stdout.contains("a/b@1"), "{ended:?}");

    let other = Workspace::empty();
    let named = workspace.path("registry");
    let ended = other
        .counterfoil(["registry", "list", "--registry", named.to_str().unwrap()])
        .run();
    ended.assert_status(0);
    assert!(ended.stdout.contains("a/b@1"), "{ended:?}");
    other
        .counterfoil(["registry", "list", "--registry", "nowhere"])
        .run()
        .assert_error_line(
            30,
            "there is no registry directory nowhere; name one with --registry",
        );
    other.counterfoil(["registry", "check"]).run().assert_error_line(
        30,
        "there is no directory `registry` here or above; go to the workspace, or name one with --registry",
    );
}
