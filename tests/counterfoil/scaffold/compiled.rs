//! What cargo says of new processors.

use std::path::Path;

use support::Test;

use super::scaffold;
use crate::workspace::Workspace;

#[test]
#[ignore = "compiles a workspace: .ci/run runs it"]
fn new_processors_compile_pass_their_tests_and_are_clean() {
    let workspace = copy_of_this_workspace();
    let long = format!("{}/{}@{}", "n".repeat(30), "m".repeat(30), "v2");
    let long_secret = "S".repeat(48);
    let secrets = format!("REPLICATE_API_TOKEN,{long_secret}");
    let packages = [
        "vision-replicate",
        "a-b-c-d",
        &long.replace('/', "-").replace("@v2", ""),
    ];
    scaffold(
        &workspace,
        &["--ref", "vision/replicate@1", "--secrets", &secrets],
    )
    .assert_status(0);
    scaffold(&workspace, &["--ref", "a-b/c_d@2-rc.1"]).assert_status(0);
    scaffold(&workspace, &["--ref", &long]).assert_status(0);

    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scaffold");
    let named: Vec<_> = packages.iter().flat_map(|package| ["-p", package]).collect();
    let cargo = |arguments: &[&str]| {
        let test = Test::new("cargo").with_toolchain().current_dir(workspace.root());
        let target = target.as_os_str();
        test.args(arguments.iter().copied())
            .env("CARGO_TARGET_DIR", target)
            .run()
            .assert_status(0);
    };
    cargo(&["fmt", "--all", "--check"]);
    cargo(&[&["test", "--offline"], &named[..]].concat());
    cargo(
        &[
            &["clippy", "--offline", "--all-targets"],
            &named[..],
            &["--", "-D", "warnings"],
        ]
        .concat(),
    );
    workspace
        .counterfoil(["registry", "check"])
        .run()
        .assert_status(0);

    let real =
        |package: &str| Test::processor(target.join("debug").join(package)).inputs(r#"{"mode":"real"}"#);
    let missing = real("vision-replicate").run();
    missing.assert_failure("ERR_MISSING_SECRET", 6);
    missing.assert_message("REPLICATE_API_TOKEN");
    let written = real("vision-replicate")
        .env("REPLICATE_API_TOKEN", "value-of-a-secret")
        .env(&long_secret, "value-of-another")
        .run();
    written.assert_failure("ERR_PROCESSOR", 70);
    assert_eq!(
        written.message(),
        "real mode of vision/replicate@1 is not written yet; write it in processors/vision-replicate/src/provider.rs"
    );
    let without = real("a-b-c-d").run();
    without.assert_failure("ERR_PROCESSOR", 70);
}

/// What is tracked here, in a directory of its own.
fn copy_of_this_workspace() -> Workspace {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let git = Test::new("git").with_toolchain().current_dir(&root);
    let tracked = git.args(["ls-files", "-z"]).run();
    let workspace = Workspace::empty();
    for path in tracked.assert_status(0).stdout.split_terminator('\0') {
        let from = root.join(path);
        if from.is_file() {
            workspace.write(path, std::fs::read(from).unwrap());
        }
    }
    workspace
}
