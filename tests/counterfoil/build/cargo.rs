//! Binaries that cargo builds for an image.

use support::{Test, files_below, sha256};

use super::{answer, build, workspace};
use crate::workspace::Workspace;

/// A workspace with a program that holds the path of its source.
fn with_source() -> Workspace {
    let workspace = workspace();
    workspace.write(
        "processors/a-b/src/main.rs",
        "fn main() { let n: u8 = std::env::args().count().try_into().unwrap(); println!(\"{n} {}\", file!()); }\n",
    );
    workspace
}

/// The image for this machine's platform, as a layout.
fn build_here(workspace: &Workspace) -> Test {
    let platform = if cfg!(target_arch = "aarch64") {
        "linux/arm64"
    } else {
        "linux/amd64"
    };
    build(workspace).args(["--platform", platform, "--output", "image"])
}

#[test]
fn the_same_source_gives_the_same_image_wherever_it_is() {
    let [one, two] = [(); 2].map(|()| with_source());
    let images = [&one, &two].map(|workspace| {
        let ended = build_here(workspace).run();
        ended.assert_status(0);
        answer(&ended)["digest"].clone()
    });
    assert_eq!(images[0], images[1]);
    let target = std::env::consts::ARCH;
    let binary = one.bytes(&format!("target/{target}-unknown-linux-gnu/release/a-b"));
    let holds = |text: &str| binary.windows(text.len()).any(|found| found == text.as_bytes());
    assert!(!holds(one.root().to_str().unwrap()), "a path of this machine");
    assert_eq!(
        sha256(&binary),
        sha256(&two.bytes(&format!("target/{target}-unknown-linux-gnu/release/a-b")))
    );
}

#[test]
fn a_source_that_does_not_compile_writes_nothing() {
    let workspace = workspace();
    workspace.write("processors/a-b/src/main.rs", "fn main() { 1 }\n");
    let ended = build_here(&workspace).run();
    ended.assert_status(34);
    assert!(ended.stderr.contains("mismatched types"), "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .ends_with("error: the build of a-b failed (exit status: 101); what cargo said stands above\n"),
        "{}",
        ended.stderr
    );
    assert!(files_below(&workspace.path("image")).is_empty());
}

#[test]
fn a_lock_file_that_does_not_fit_is_told() {
    let workspace = workspace();
    workspace.write("Cargo.lock", "version = 4\n");
    let ended = build_here(&workspace).run();
    ended.assert_status(34);
    assert!(
        ended
            .stderr
            .starts_with("error: cargo cannot read the workspace: "),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("lock"), "{}", ended.stderr);
}

#[test]
fn a_binary_lists_its_packages_where_cargo_auditable_is_installed() {
    let workspace = workspace();
    workspace.executable(
        "bin/cargo-auditable",
        "#!/bin/sh\necho \"$CARGO_AUDITABLE_ORIG_ARGS\" > \"${0%/*}/called\"\nexec \"$@\"\n", // a wrapper of rustc
    );
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", workspace.path("bin").display());
    let ended = build_here(&workspace).env("PATH", path).run();
    ended.assert_status(0);
    assert!(workspace.read("bin/called").contains(r#""locked":true"#));
    assert!(!ended.stderr.contains("cargo-auditable"), "{}", ended.stderr);
}
