//! Images that are not built, and why.

use support::files_below;

use super::{AMD64, build, build_both, program, workspace};

#[test]
fn binaries_that_no_image_can_run() {
    let workspace = workspace();
    workspace.write("text", "#!/bin/sh\n");
    workspace.write("riscv", program(243, ""));
    let mut dynamic = program(AMD64, "");
    dynamic[32] = 64; // where the program headers are
    dynamic[56] = 1; // how many
    dynamic.extend(3_u32.to_le_bytes()); // the path of a loader
    dynamic.resize(64 + 56, 0);
    workspace.write("dynamic", dynamic);
    for (binary, message) in [
        (
            "linux/amd64=nothing",
            "the binary [ROOT]/nothing cannot be read: No such file or directory (os error 2); give one with --binary linux/amd64=PATH",
        ),
        (
            "linux/amd64=text",
            "the binary [ROOT]/text is not a program for Linux; give the right one with --binary linux/amd64=PATH",
        ),
        (
            "linux/amd64=arm64",
            "the binary [ROOT]/arm64 is for linux/arm64, not for linux/amd64; give the right one with --binary linux/amd64=PATH",
        ),
        (
            "linux/arm64=riscv",
            "the binary [ROOT]/riscv is for another CPU than linux/arm64; give the right one with --binary linux/arm64=PATH",
        ),
        (
            "linux/amd64=dynamic",
            "the binary [ROOT]/dynamic needs a dynamic loader, which the image lacks; build it with \
             RUSTFLAGS='-C target-feature=+crt-static', or give an image that has one with --base",
        ),
    ] {
        let ended = build(&workspace)
            .args(["--binary", binary, "--output", "image"])
            .run();
        ended.assert_status(34);
        let root = workspace.root().to_str().unwrap();
        assert_eq!(
            ended.stderr.replace(root, "[ROOT]"),
            format!("error: {message}\n")
        );
        assert!(!workspace.path("image").exists());
    }
}

#[test]
fn command_lines_that_do_not_fit() {
    let workspace = workspace();
    workspace.write("full/file", "");
    let both = "linux/amd64=amd64";
    for (arguments, message) in [
        (&["--binary", both][..], "<--push <REPO>|--output <DIR|TAR>>"),
        (
            &["--binary", both, "--binary", both, "--output", "x"],
            "--binary is given twice for linux/amd64; give one binary for each platform",
        ),
        (
            &["--binary", both, "--platform", "linux/arm64", "--output", "x"],
            "--binary linux/amd64=.. is given, but --platform does not name it",
        ),
        (
            &["--platform", "windows/amd64", "--output", "x"],
            "processors are built for linux/amd64, linux/arm64",
        ),
        (
            &["--binary", "amd64", "--output", "x"],
            "give it as linux/arm64=PATH",
        ),
        (
            &["--binary", both, "--base", "debian:12", "--output", "x"],
            "the base debian:12 is not pinned by its digest",
        ),
        (
            &["--binary", both, "--output", "full"],
            "full is not empty, and no OCI layout; name a new directory",
        ),
        (
            &["--binary", both, "--tag", "a/b", "--output", "x"],
            "a tag has 1 to 128",
        ),
        (
            &["--binary", both, "--push", "docker.io"],
            "a repository starts with its registry",
        ),
        (
            &["--binary", both, "--push", "ghcr.io/owner"],
            "an image cannot be named ghcr.io/owner/a-b; give --push as host/owner/repo",
        ),
    ] {
        let ended = build(&workspace).args(arguments).run();
        ended.assert_status(2);
        assert!(ended.stderr.contains(message), "{arguments:?}: {}", ended.stderr);
    }
    assert!(!workspace.path("x").exists());
    assert_eq!(files_below(&workspace.path("full")).len(), 1);
}

#[test]
fn a_target_without_a_standard_library_is_told_before_anything_is_built() {
    let workspace = workspace();
    let rustc = "#!/bin/sh\n[ \"$2\" = target-libdir ] && exec echo /nowhere\nexec rustc \"$@\"\n";
    workspace.executable("bin/rustc", rustc);
    let ended = build(&workspace)
        .args([
            "--binary",
            "linux/amd64=amd64",
            "--platform",
            "linux/amd64,linux/arm64",
            "--output",
            "x",
        ])
        .env("RUSTC", workspace.path("bin/rustc"))
        .run();
    ended.assert_status(34);
    assert_eq!(
        ended.stderr,
        "error: rustc has no standard library for aarch64-unknown-linux-gnu; `rustup target add \
         aarch64-unknown-linux-gnu` gets it; else build only for what is there with --platform, or give a binary with \
         --binary linux/arm64=PATH\n"
    );
    assert!(!workspace.path("target").exists());
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let workspace = workspace();
    workspace.write("file", "");
    let ended = build_both(&workspace).args(["--output", "file/image.tar"]).run();
    ended.assert_status(34);
    let message =
        "file/image.tar: File exists (os error 17); make room there, or name another place with --output";
    assert!(ended.stderr.contains(message), "{}", ended.stderr);
}
