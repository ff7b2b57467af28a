//! Who writes to the terminal while a processor is built.

use super::{At, Seen, seen};
use crate::workspace::Workspace;

/// Builds nothing, in a time in which a line of progress would move several times.
const BUILD: &str = r#"[ "$1" = build ] || exit 1
echo "BEGIN $*" >&2
sleep 0.4
echo END >&2
exit 1"#;

fn building(arguments: &[&str]) -> (Workspace, Seen) {
    let workspace = Workspace::with_package()
        .script("cargo", BUILD)
        .script("docker", BUILD);
    let run = [
        "run",
        "--ref",
        "a/b@1",
        "--mode",
        "mock",
        "--inputs-json",
        "{}",
        "--build",
    ];
    let run = workspace.counterfoil(run).args(arguments);
    let run = run.env("PATH", workspace.bin()).env("TERM", "xterm");
    let seen = seen(&run, At::Both);
    (workspace, seen)
}

#[test]
fn one_program_at_a_time_writes_to_the_terminal() {
    for arguments in [&["--json"][..], &["--engine", "docker"]] {
        let (_workspace, Seen { shown, status, .. }) = building(arguments);
        assert_eq!(status, Some(33), "{shown:?}");
        let (before, rest) = shown.split_once("BEGIN build ").unwrap();
        assert!(
            before.ends_with("building a-b; the first time takes minutes\r\n"),
            "{shown:?}"
        );
        let (during, after) = rest.split_once("\r\nEND\r\n").unwrap();
        assert!(!during.contains(['\n', '\r', '\u{1b}']), "{shown:?}");
        assert!(after.contains("the build of "), "{shown:?}");
    }
}

#[test]
fn a_quiet_build_says_so_to_nobody() {
    for arguments in [&["-q"][..], &["-q", "--engine", "docker"]] {
        let (_workspace, Seen { shown, .. }) = building(arguments);
        assert!(!shown.contains("building"), "{shown:?}");
        assert!(shown.contains(" --quiet"), "{shown:?}");
    }
}

#[test]
fn a_log_says_that_it_builds() {
    let workspace = Workspace::with_package().script("cargo", BUILD);
    let run = [
        "run",
        "--ref",
        "a/b@1",
        "--inputs-json",
        "{}",
        "--build",
        "--json",
    ];
    let ended = workspace.counterfoil(run).env("PATH", workspace.bin()).run();
    assert_eq!(ended.status, 33, "{ended:?}");
    let line = ended.stderr.lines().find(|line| line.contains("build_started"));
    assert!(line.unwrap().contains(r#""package":"a-b""#), "{ended:?}");
}

#[test]
fn the_first_command_of_the_readme_shows_that_it_builds() {
    let readme = include_str!("../../../README.md");
    let (_, command) = readme.split_once("<!-- run: main -->").unwrap();
    let first = command.lines().find(|line| line.contains("cargo run")).unwrap();
    assert!(!first.contains("--quiet"), "{first}");
}
