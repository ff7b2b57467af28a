//! What an image says of its source.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{answer, build_both, configuration, workspace};
use crate::workspace::Workspace;

fn git(workspace: &Workspace, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .arg("-C")
        .arg(workspace.root())
        .args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A workspace in git whose every file is committed, but what the test makes.
fn committed() -> Workspace {
    let workspace = workspace();
    workspace.write(".gitignore", "image\n");
    git(&workspace, &["init", "--quiet"]);
    git(&workspace, &["add", "."]);
    git(&workspace, &["commit", "--quiet", "--message", "first"]);
    workspace
}

/// The labels of an image that is built now, and what was said beside it.
fn labels(workspace: &Workspace) -> (Value, String) {
    let ended = build_both(workspace).args(["--output", "image"]).run();
    ended.assert_status(0);
    let configuration = configuration(workspace, "image", &answer(&ended)["digest"], 0);
    (configuration["config"]["Labels"].clone(), ended.stderr)
}

#[test]
fn the_revision_is_the_last_commit_that_changed_the_source() {
    let workspace = committed();
    let first = git(&workspace, &["rev-parse", "HEAD"]);
    git(
        &workspace,
        &[
            "remote",
            "add",
            "origin",
            "https://ada:hunter2@example.com/o/r.git",
        ],
    );
    let (of_first, said) = labels(&workspace);
    assert_eq!(of_first["org.opencontainers.image.revision"], json!(first));
    assert_eq!(
        of_first["org.opencontainers.image.source"],
        "https://example.com/o/r"
    );
    assert_eq!(said, "");

    workspace.write("registry/README", "a pin or a page is no source");
    git(&workspace, &["add", "."]);
    git(&workspace, &["commit", "--quiet", "--message", "second"]);
    assert_eq!(labels(&workspace).0, of_first);

    workspace.write("processors/a-b/src/main.rs", "fn main() { }\n");
    let (dirty, said) = labels(&workspace);
    assert_eq!(dirty["org.opencontainers.image.revision"], Value::Null);
    assert_eq!(
        said,
        "note: the image names no revision: there are changes that are not committed\n"
    );

    git(&workspace, &["commit", "--quiet", "--all", "--message", "third"]);
    let third = git(&workspace, &["rev-parse", "HEAD"]);
    assert_eq!(
        labels(&workspace).0["org.opencontainers.image.revision"],
        json!(third)
    );
}

#[test]
fn the_users_settings_of_git_change_nothing() {
    let workspace = committed();
    let (plain, _) = labels(&workspace);
    git(&workspace, &["config", "log.showSignature", "true"]);
    git(&workspace, &["config", "status.showUntrackedFiles", "no"]);
    assert_eq!(labels(&workspace).0, plain);
    workspace.write("processors/a-b/src/new.rs", "");
    let (dirty, said) = labels(&workspace);
    assert_eq!(dirty["org.opencontainers.image.revision"], Value::Null);
    assert!(said.contains("not committed"), "{said}");
}

#[test]
fn what_is_not_known_is_told() {
    let workspace = workspace();
    workspace.write("Cargo.toml", "[workspace");
    let (labels, said) = labels(&workspace);
    assert_eq!(labels["org.opencontainers.image.version"], Value::Null);
    assert!(
        said.starts_with("note: no list of the packages of linux/amd64 is known\n"),
        "{said}"
    );
    assert!(
        said.contains("note: the image names no revision: cargo metadata fails: "),
        "{said}"
    );
}

#[test]
fn a_shallow_clone_names_no_revision() {
    let origin = committed();
    let workspace = Workspace::empty();
    let url = format!("file://{}", origin.root().display());
    git(&workspace, &["clone", "--quiet", "--depth", "1", &url, "."]);
    let (labels, said) = labels(&workspace);
    assert_eq!(labels["org.opencontainers.image.revision"], Value::Null);
    assert_eq!(
        said,
        "note: the image names no revision: the clone is shallow; `git fetch --unshallow` gets all commits\n"
    );
}

#[test]
fn a_manifest_says_more() {
    let workspace = workspace();
    workspace.replace(
        "processors/a-b/Cargo.toml",
        "edition",
        "license = \"MIT\"\nrepository = \"https://example.com/r\"\nversion = \"1.2.3\"\nedition",
    );
    workspace.replace("Cargo.lock", "0.0.0", "1.2.3");
    let (labels, _) = labels(&workspace);
    assert_eq!(labels["org.opencontainers.image.licenses"], "MIT");
    assert_eq!(labels["org.opencontainers.image.source"], "https://example.com/r");
    assert_eq!(labels["org.opencontainers.image.version"], "1.2.3");
}
