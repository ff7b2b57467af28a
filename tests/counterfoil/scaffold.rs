//! `counterfoil scaffold`.

mod compiled;

use snapbox::{IntoData as _, assert_data_eq, str};
use support::{Finished, Test, files_below};

use crate::workspace::{Workspace, entry};

const MANIFEST: &str = "\
[workspace]
resolver = \"3\"
members = [
    \"runtime\", # the SDK
    \"processors/z\",
]

[workspace.package]
version = \"0.1.0\"
edition = \"2024\"
rust-version = \"1.95\"
license = \"MIT\"
publish = false

[workspace.dependencies]
counterfoil-runtime = { path = \"runtime\" }
counterfoil-test-support = { path = \"runtime\" }
serde_json = \"1.0\"

[workspace.lints.rust]
";

/// A workspace with as much as a processor needs.
fn workspace() -> Workspace {
    let workspace = Workspace::empty();
    workspace.write("Cargo.toml", MANIFEST);
    for (dir, name) in [("runtime", "counterfoil-runtime"), ("processors/z", "z")] {
        let manifest = format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n");
        workspace.write(&format!("{dir}/Cargo.toml"), &manifest);
        workspace.write(&format!("{dir}/src/lib.rs"), "");
    }
    workspace.write("registry/x_y.yaml", entry("x/y@1", "x-y", ""));
    workspace
}

fn scaffold(workspace: &Workspace, arguments: &[&str]) -> Finished {
    workspace.counterfoil([&["scaffold"], arguments].concat()).run()
}

/// Fails unless it is refused with this message, and nothing has changed.
#[track_caller]
fn assert_refused(workspace: &Workspace, arguments: &[&str], status: i32, message: &str) {
    let before = files_below(workspace.root());
    scaffold(workspace, arguments).assert_error_line(status, message);
    assert!(
        files_below(workspace.root()) == before,
        "a refusal has changed a file"
    );
}

#[test]
fn it_says_what_it_made_and_what_comes_next() {
    let workspace = workspace();
    let ended = scaffold(&workspace, &["--ref", "vision/replicate@1", "--secrets", "A,B_2"]);
    ended.assert_status(0);
    let root = workspace.root().canonicalize().unwrap();
    assert_data_eq!(
        ended.stdout.replace(root.to_str().unwrap(), "/workspace"),
        str![[r#"
vision/replicate@1 is made:
  processors/vision-replicate/Cargo.toml
  processors/vision-replicate/src/main.rs
  processors/vision-replicate/src/provider.rs
  tests/vision_replicate/main.rs
  tests/vision_replicate/golden/mock/demo/run-1/outputs.json
  tests/vision_replicate/golden/mock/demo/run-1/outputs/response.json
  tests/vision_replicate/golden/mock/demo/run-1/receipt.json
  tests/vision_replicate/golden/mock/execution/run-1/determinism.json
  tests/vision_replicate/golden/mock/envelope.json
  registry/vision_replicate.yaml
  Cargo.toml: processors/vision-replicate is a member

Next, in /workspace:
  cargo test -p vision-replicate
  write the provider in processors/vision-replicate/src/provider.rs
  counterfoil run --ref vision/replicate@1 --build --adapter local --mode mock \
    --write-prefix '/artifacts/outputs/demo/{execution_id}/' --inputs-json '{"model":"owner/name","params":{"prompt":"a lighthouse"}}' --json

"#]]
        .raw() // the line that is continued ends in a backslash
    );
    assert_data_eq!(
        workspace.read("registry/vision_replicate.yaml"),
        str![[r#"
ref: vision/replicate@1
# `counterfoil pin` writes image.oci: ghcr.io/<owner>/<repo>/vision-replicate@sha256:<64 hex>
build:
  package: vision-replicate
runtime: {cpu: "1", memory: 2Gi, timeout_s: 60, gpu: none}
secrets:
  required: [A, B_2]
  optional: []
inputs:
  schema: {type: object} # of `params`

"#]]
    );
    assert_eq!(
        workspace.read("processors/vision-replicate/src/main.rs"),
        "//! The processor vision/replicate@1.\n\n\
         runtime::main!(\"vision/replicate@1\", vision_replicate::make_runner);\n"
    );
    assert_eq!(
        workspace.read("Cargo.toml"),
        MANIFEST.replace(
            "    \"processors/z\"",
            "    \"processors/vision-replicate\",\n    \"processors/z\""
        )
    );
    let provider = workspace.read("processors/vision-replicate/src/provider.rs");
    assert!(
        provider.contains("    config.secret(\"A\")?;\n    config.secret(\"B_2\")?;\n"),
        "{provider}"
    );
    for (path, bytes) in files_below(workspace.root()) {
        assert!(
            !String::from_utf8_lossy(&bytes).contains("{{"),
            "{path} has a placeholder left"
        );
    }
    let listed = workspace.counterfoil(["registry", "list"]).run();
    assert!(
        listed
            .assert_status(0)
            .stdout
            .contains("vision/replicate@1  vision-replicate"),
        "{listed:?}"
    );
}

#[test]
fn every_spelling_of_the_command_is_the_same() {
    for name in ["scaffold", "scaffold_processor", "scaffold-processor"] {
        let workspace = workspace();
        workspace
            .counterfoil([name, "--ref", "a/b@1"])
            .run()
            .assert_status(0);
        assert!(workspace.path("registry/a_b.yaml").is_file(), "{name}");
    }
}

#[test]
fn images_are_named_after_the_repository() {
    let workspace = workspace();
    for arguments in [
        &["init", "--quiet"][..],
        &[
            "remote",
            "add",
            "origin",
            "https://user:hidden@example.com/Owner/Project.git",
        ],
    ] {
        let git = Test::new("git").with_toolchain().current_dir(workspace.root());
        git.args(arguments.iter().copied()).run().assert_status(0);
    }
    scaffold(&workspace, &["--ref", "a/b@1"]).assert_status(0);
    let entry = workspace.read("registry/a_b.yaml");
    assert!(
        entry.contains(" ghcr.io/owner/project/a-b@sha256:<64 hex>\n"),
        "{entry}"
    );
    assert!(!entry.contains("hidden"), "{entry}");
}

#[test]
fn keeps_existing_files_and_names_them() {
    let workspace = workspace();
    workspace.write("processors/a-b/src/provider.rs", "mine");
    workspace.write("tests/a_b/main.rs", "mine");
    assert_refused(
        &workspace,
        &["--ref", "a/b@1"],
        1,
        "nothing was written, as there is already processors/a-b/src/provider.rs, tests/a_b/main.rs; \
         move it away, or replace it with --force",
    );
    let path = workspace
        .root()
        .canonicalize()
        .unwrap()
        .join("processors/a-b/Cargo.toml");
    scaffold(&workspace, &["--ref", "a/b@1", "--force"]).assert_status(0);
    assert_refused(
        &workspace,
        &["--ref", "a/b@1"],
        30,
        &format!(
            "the workspace has a package a-b already, {}; choose another reference, or replace it with --force",
            path.display()
        ),
    );
}

#[test]
fn force_replaces_what_it_generates_and_nothing_else() {
    let workspace = workspace();
    scaffold(&workspace, &["--ref", "a/b@1"]).assert_status(0);
    let made = files_below(workspace.root());
    workspace.write("processors/a-b/src/provider.rs", "changed");
    workspace.write("processors/a-b/src/model.rs", "mine");
    let outside = workspace.path("outside");
    std::fs::write(&outside, "mine").unwrap();
    std::fs::remove_file(workspace.path("registry/a_b.yaml")).unwrap();
    std::os::unix::fs::symlink(&outside, workspace.path("registry/a_b.yaml")).unwrap();
    scaffold(&workspace, &["--ref", "a/b@1", "--force"]).assert_status(0);
    for path in ["processors/a-b/src/model.rs", "outside"] {
        assert_eq!(workspace.read(path), "mine");
        std::fs::remove_file(workspace.path(path)).unwrap();
    }
    assert!(
        files_below(workspace.root()) == made,
        "a second time is not the same"
    );

    scaffold(&workspace, &["--ref", "a/b@2", "--force"]).assert_status(0);
    assert!(workspace.read("registry/a_b.yaml").starts_with("ref: a/b@2\n"));
}

#[test]
fn names_that_cannot_be_used_are_refused() {
    let workspace = workspace();
    for (processor_ref, sentence) in [
        (
            "3d/mesh@1",
            "3d/mesh@1 begins with a digit, which no Cargo package may; choose a namespace that begins with a letter",
        ),
        (
            &*format!("a/{}@1", "b".repeat(61)),
            &*format!(
                "a/{}@1 is longer than 64 characters; choose a shorter reference",
                "b".repeat(61)
            ),
        ),
    ] {
        assert_refused(&workspace, &["--ref", processor_ref], 2, sentence);
    }
    let names = ["--ref", "a/b@1", "--secrets", "A,B,A"];
    assert_refused(&workspace, &names, 2, "--secrets names A twice; name it once");
    for (arguments, why) in [
        (
            ["--ref", "vision", "--secrets", "A"],
            "a processor reference has the form ns/name@ver",
        ),
        (
            ["--ref", "a/b@1", "--secrets", "lower"],
            "the name of a variable is A-Z, 0-9 and _",
        ),
        (
            ["--ref", "a/b@1", "--secrets", "A,,B"],
            "the name of a variable is A-Z, 0-9 and _",
        ),
        (
            ["--ref", "a/b@1", "--secrets", "PATH"],
            "PATH is not for an entry to pass on",
        ),
        (
            ["--ref", "a/b@1", "--secrets", &"A".repeat(49)],
            "the name is longer than 48 characters",
        ),
    ] {
        let ended = scaffold(&workspace, &arguments);
        ended.assert_status(2);
        assert!(ended.stderr.contains(why), "{ended:?}");
    }
}

#[test]
fn refuses_a_name_that_is_taken() {
    let workspace = workspace();
    workspace.write(
        "Cargo.lock",
        "version = 4\n\n[[package]]\nname = \"serde_json\"\nversion = \"1.0.0\"\n",
    );
    assert_refused(
        &workspace,
        &["--ref", "serde/json@1"],
        30,
        "the workspace depends on a crate serde_json already; choose another reference",
    );
    let path = workspace
        .root()
        .canonicalize()
        .unwrap()
        .join("runtime/Cargo.toml");
    assert_refused(
        &workspace,
        &["--ref", "counterfoil/runtime@1", "--force"],
        30,
        &format!(
            "the workspace has a package counterfoil-runtime already, {}; choose another reference",
            path.display()
        ),
    );
    workspace.write("registry/a_b_c.yaml", entry("a_b/c@1", "a-b-c", ""));
    assert_refused(
        &workspace,
        &["--ref", "a/b_c@1", "--force"],
        30,
        "registry/a_b_c.yaml is the entry of a_b/c@1, and a/b_c@1 would have the same file; choose another reference",
    );
}

#[test]
fn refuses_a_workspace_without_the_runtime() {
    let workspace = workspace();
    let manifest = workspace.root().canonicalize().unwrap().join("Cargo.toml");
    let refusal = |why: &str| {
        let manifest = manifest.display();
        format!("{manifest} {why}; scaffold in the workspace that has counterfoil's runtime")
    };
    for (text, why) in [
        ("[package]\nname = \"x\"\n", "has no list of workspace members"),
        (
            "[workspace]\nmembers = []\n",
            "has no counterfoil-runtime in [workspace.dependencies]",
        ),
        (
            &MANIFEST.replace("license = \"MIT\"\n", ""),
            "has no license in [workspace.package]",
        ),
        (
            &MANIFEST.replace("[workspace.lints.rust]\n", ""),
            "has no [workspace.lints]",
        ),
    ] {
        workspace.write("Cargo.toml", text);
        assert_refused(&workspace, &["--ref", "a/b@1"], 30, &refusal(why));
    }
    workspace.write("Cargo.toml", MANIFEST);
    workspace.write("other/x_y.yaml", "");
    assert_refused(
        &workspace,
        &["--ref", "a/b@1", "--registry", "other"],
        30,
        "the registry other is not the directory `registry` of its workspace; scaffold there",
    );
    std::fs::remove_dir_all(workspace.path("runtime")).unwrap();
    assert_refused(
        &workspace,
        &["--ref", "a/b@1"],
        30,
        &refusal("has no runtime/ beside it"),
    );
}
