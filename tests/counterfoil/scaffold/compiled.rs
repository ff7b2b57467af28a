//! What cargo says of new processors.

use std::path::Path;
use std::process::Command;

use support::Run;

use super::scaffold;
use crate::program::{Place, ended};

#[test]
#[ignore = "compiles a workspace: .ci/run runs it"]
fn new_processors_compile_pass_their_tests_and_are_clean() {
    let place = copy_of_this_workspace();
    let long = format!("{}/{}@{}", "n".repeat(30), "m".repeat(30), "v2");
    let long_secret = "S".repeat(48);
    let secrets = format!("REPLICATE_API_TOKEN,{long_secret}");
    let packages = [
        "vision-replicate",
        "a-b-c-d",
        &long.replace('/', "-").replace("@v2", ""),
    ];
    scaffold(&place, &["--ref", "vision/replicate@1", "--secrets", &secrets]).assert_status(0);
    scaffold(&place, &["--ref", "a-b/c_d@2-rc.1"]).assert_status(0);
    scaffold(&place, &["--ref", &long]).assert_status(0);

    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scaffold");
    let named: Vec<_> = packages.iter().flat_map(|package| ["-p", package]).collect();
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new("cargo");
        command.args(arguments).current_dir(place.path());
        ended(command.env("CARGO_TARGET_DIR", &target)).assert_status(0);
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
    place.run(&["registry", "check"]).assert_status(0);

    let real = |package: &str| Run::of(target.join("debug").join(package)).inputs(r#"{"mode":"real"}"#);
    let missing = real("vision-replicate").finish();
    missing.assert_failure("ERR_MISSING_SECRET", 6);
    assert!(missing.message().contains("REPLICATE_API_TOKEN"), "{missing:?}");
    let written = real("vision-replicate")
        .env("REPLICATE_API_TOKEN", "value-of-a-secret")
        .env(&long_secret, "value-of-another")
        .finish();
    written.assert_failure("ERR_PROCESSOR", 70);
    assert_eq!(
        written.message(),
        "real mode of vision/replicate@1 is not written yet; write it in processors/vision-replicate/src/provider.rs"
    );
    let without = real("a-b-c-d").finish();
    without.assert_failure("ERR_PROCESSOR", 70);
}

/// What is tracked here, in a folder of its own.
fn copy_of_this_workspace() -> Place {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let tracked = ended(Command::new("git").args(["ls-files", "-z"]).current_dir(&root));
    let place = Place::new();
    for path in tracked.assert_status(0).stdout.split_terminator('\0') {
        let from = root.join(path);
        if from.is_file() {
            let to = place.path().join(path);
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::copy(from, to).unwrap();
        }
    }
    place
}
