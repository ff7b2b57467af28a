//! What people see: progress and colour at a terminal, and neither anywhere else.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::process::Stdio;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use support::Test;

use super::workspace::Workspace;

/// Runs it with stdout and stderr at a terminal; returns what that shows, and the exit status.
pub(crate) fn at_terminal(test: &Test) -> (String, Option<i32>) {
    let mut command = test.command();
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let size = Winsize {
        ws_row: 24,
        ws_col: 80,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&terminal, size).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY;
    let open = || -> OwnedFd { rustix::fs::open(&*name, flags, rustix::fs::Mode::empty()).unwrap() };
    let mut child = command
        .stdin(Stdio::null())
        .stdout(open())
        .stderr(open())
        .spawn()
        .unwrap();
    drop(command); // it has the terminal open too
    let mut shown = Vec::new();
    let mut terminal = File::from(terminal);
    match terminal.read_to_end(&mut shown) {
        Ok(_) => {}
        Err(error) if is_closed(&error) => {}
        Err(error) => panic!("{error}"),
    }
    let status = child.wait().unwrap();
    (String::from_utf8_lossy(&shown).into_owned(), status.code())
}

/// Whether nobody has the other side open any more.
fn is_closed(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error())
}

/// A call whose processor takes long enough for a line to be seen.
fn slow(workspace: &Workspace) -> Test {
    workspace
        .probe(r#"{"do":"hang"}"#)
        .args(["--timeout", "0.3"])
        .env("TERM", "xterm-256color")
        .for_people()
}

#[test]
fn a_terminal_has_a_line_of_progress_and_colour() {
    let workspace = Workspace::new();
    let (shown, status) = at_terminal(&slow(&workspace));
    assert_eq!(status, Some(124), "{shown:?}");
    assert!(
        shown.contains("waiting for test/probe@1 (mock), at most 0.3 s"),
        "{shown:?}"
    );
    assert!(shown.contains("\u{1b}[1m\u{1b}[31mERR_TIMEOUT"), "{shown:?}");
    // the line is gone at the end, and what is said stays
    let end = shown.rsplit("waiting for").next().unwrap();
    assert!(
        end.contains("\u{1b}[2K") && end.contains("ERR_TIMEOUT"),
        "{shown:?}"
    );
    assert!(
        !shown.contains("\"level\":\"info\""),
        "people are told of warnings only: {shown:?}"
    );

    let (shown, status) = at_terminal(
        &workspace
            .test()
            .execution_id("good")
            .for_people()
            .env("TERM", "xterm"),
    );
    assert_eq!(status, Some(0), "{shown:?}");
    assert!(shown.contains("\u{1b}[1m\u{1b}[32msuccess"), "{shown:?}");
}

#[test]
fn no_color_disables_colour() {
    let workspace = Workspace::new();
    let (shown, status) = at_terminal(&slow(&workspace).env("NO_COLOR", "1"));
    assert_eq!(status, Some(124), "{shown:?}");
    assert!(shown.contains("ERR_TIMEOUT"), "{shown:?}");
    for colour in ["\u{1b}[1m", "\u{1b}[3", "\u{1b}[9"] {
        assert!(!shown.contains(colour), "{shown:?}");
    }
}

#[test]
fn a_pipe_has_no_progress_and_no_colour() {
    let workspace = Workspace::new();
    let finished = slow(&workspace).run();
    assert_eq!(finished.status, 124);
    assert!(
        !finished.stdout.contains('\u{1b}') && !finished.stderr.contains('\u{1b}'),
        "{finished:?}"
    );
    assert!(!finished.stderr.contains("waiting for"), "{finished:?}");
}

#[test]
fn nothing_of_a_processor_moves_the_terminal() {
    let workspace = Workspace::with_script(
        r#"printf '{"status":"error","execution_id":"%s","error":{"code":"ERR_PROCESSOR","message":"a\\u001b[2Jb\\u009bc"},"meta":{"env_fingerprint":""}}\n' "$6"; exit 70"#,
    );
    let (shown, status) = at_terminal(
        &workspace
            .test()
            .for_people()
            .env("TERM", "xterm")
            .env("NO_COLOR", "1"),
    );
    assert_eq!(status, Some(70), "{shown:?}");
    assert!(shown.contains("a [2Jb c"), "{shown:?}");
}
