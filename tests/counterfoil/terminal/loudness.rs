//! `--quiet` and `--verbose`, before and after the command.

use super::{At, Seen, seen, slow};
use crate::workspace::Workspace;

#[test]
fn a_quiet_run_shows_its_error_alone() {
    let workspace = Workspace::new();
    let Seen { shown, status, .. } = seen(&slow(&workspace).arg("--quiet"), At::Both);
    assert_eq!(status, Some(124), "{shown:?}");
    assert!(
        !shown.contains("waiting for") && !shown.contains("\u{1b}[2K"),
        "{shown:?}"
    );
    assert!(shown.starts_with("\u{1b}[1m\u{1b}[31mERR_TIMEOUT"), "{shown:?}");
}

#[test]
fn a_verbose_run_shows_its_log() {
    let workspace = Workspace::new();
    let run = workspace.test().for_people().env("TERM", "dumb").arg("--verbose");
    let Seen { shown, piped, status } = seen(&run, At::Stdout);
    assert_eq!(status, Some(0), "{shown:?}");
    assert!(piped.starts_with("info run started  "), "{piped:?}");
    assert!(
        piped.contains("info inputs read  "),
        "the processor's too: {piped:?}"
    );
    assert!(
        !piped.contains("sha256="),
        "short lines have no hashes: {piped:?}"
    );
    assert!(piped.lines().all(|line| !line.contains("trace_id")), "{piped:?}");
}

#[test]
fn a_quiet_log_in_a_pipe_has_errors_alone() {
    let workspace = Workspace::new();
    let good = workspace.probe("{}").arg("-q").run();
    assert_eq!(good.assert_success().stderr, "");
    let bad = workspace
        .probe(r#"{"do":"error"}"#)
        .execution_id("bad")
        .arg("-q")
        .run();
    assert!(
        !bad.log().is_empty() && bad.log().iter().all(|line| line["level"] == "error"),
        "{bad:?}"
    );
}

#[test]
fn the_options_stand_before_and_after_every_command() {
    let workspace = Workspace::new();
    workspace.test().run().assert_success();
    for line in [
        "-q verify run-1",
        "verify -q run-1",
        "-v ls",
        "ls -v",
        "registry list --quiet",
    ] {
        let ended = workspace.counterfoil(line.split(' ')).run();
        assert_eq!(ended.status, 0, "{line}: {ended:?}");
    }
    let both = workspace.counterfoil(["ls", "-q", "-v"]).run();
    assert_eq!(both.status, 2, "{both:?}");
}
