//! What people see: progress and colour at a terminal, and neither anywhere else.

mod answers;
mod building;
mod colours;
mod loudness;
mod service;

use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::process::Stdio;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use support::Test;

use super::workspace::Workspace;

/// Which streams are at a terminal; the other one is a pipe.
#[derive(Clone, Copy, PartialEq)]
enum At {
    Both,
    Stdout,
    Stderr,
}

/// What a terminal shows, what the pipe has, and the exit status.
struct Seen {
    shown: String,
    piped: String,
    status: Option<i32>,
}

/// Runs it with stdout and stderr at a terminal; returns what that shows, and the exit status.
pub(crate) fn at_terminal(test: &Test) -> (String, Option<i32>) {
    let Seen { shown, status, .. } = seen(test, At::Both);
    (shown, status)
}

fn seen(test: &Test, at: At) -> Seen {
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
    let stream = |other: At| {
        if at == other {
            Stdio::piped()
        } else {
            open().into()
        }
    };
    let child = command
        .stdin(Stdio::null())
        .stdout(stream(At::Stderr))
        .stderr(stream(At::Stdout))
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
    let ended = child.wait_with_output().unwrap();
    let piped = [ended.stdout, ended.stderr].concat();
    Seen {
        shown: String::from_utf8_lossy(&shown).into_owned(),
        piped: String::from_utf8_lossy(&piped).into_owned(),
        status: ended.status.code(),
    }
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

/// It cannot move its cursor.
#[test]
fn a_dumb_terminal_has_no_line_of_progress() {
    let workspace = Workspace::new();
    let (shown, status) = at_terminal(&slow(&workspace).env("TERM", "dumb"));
    assert_eq!(status, Some(124), "{shown:?}");
    assert!(
        !shown.contains('\u{1b}') && !shown.contains("waiting for"),
        "{shown:?}"
    );
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
