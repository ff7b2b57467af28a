//! What counts as a line.

use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::process::Stdio;

use super::{Started, Workspace, finish, number, ok};

#[test]
fn blank_lines_are_skipped_and_counted() {
    let workspace = Workspace::with(&[]);
    workspace.write_text(format!("\n{}\r\n \t\r\n\n{}", ok("a"), ok("b"))); // no newline at the end
    let ended = workspace.run(&[]);
    ended.assert(0, 2, 0);
    assert_eq!([number(&ended.results[0]), number(&ended.results[1])], [2, 5]);
}

#[test]
fn an_ending_in_cr_lf_changes_no_hash() {
    let workspace = Workspace::with(&[]);
    workspace.write_text(format!("{}\n", ok("a")));
    let unix = workspace.run(&["--execution-id", "same"]);
    workspace.write_text(format!("{}\r\n", ok("a")));
    let dos = workspace.run(&["--execution-id", "same"]);
    assert_eq!(unix.ids(), dos.ids());
    assert_eq!(unix.results, dos.results);
}

#[test]
fn a_bom_fails_its_line() {
    let workspace = Workspace::with(&[]);
    workspace.write_text(format!("\u{feff}{}\n{}\n", ok("a"), ok("b")));
    let ended = workspace.run(&[]);
    ended.assert(1, 1, 1);
    assert_eq!(ended.codes(), [(1, "ERR_INPUTS".into())].into());
}

#[test]
fn a_line_over_64_mib_fails_alone() {
    let workspace = Workspace::with(&[]);
    let mut file = File::create(workspace.path("batch.jsonl")).unwrap();
    file.set_len(64 * 1024 * 1024 + 100).unwrap(); // a hole: NULs
    file.seek(std::io::SeekFrom::End(0)).unwrap();
    writeln!(file, "\n{}", ok("after it")).unwrap();
    let ended = workspace.run(&[]);
    ended.assert(1, 1, 1);
    assert_eq!(ended.codes(), [(1, "ERR_INPUTS".into())].into());
    assert!(
        ended.results[0]["error"]["message"]
            .as_str()
            .unwrap()
            .contains("64 MiB")
    );
}

#[test]
fn an_empty_file_is_a_batch_of_nothing() {
    let workspace = Workspace::with(&[]);
    let ended = workspace.run(&[]);
    ended.assert(0, 0, 0);
    assert_eq!(ended.counts(), "0 lines: 0 done");
    assert_eq!(ended.stderr.lines().count(), 1, "{ended:?}");
}

#[test]
fn lines_come_from_standard_input_too() {
    let workspace = Workspace::with(&[ok("a"), ok("b")]);
    let mut command = workspace.command_of("-");
    let mut child = command
        .stdin(File::open(workspace.path("batch.jsonl")).unwrap())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = std::io::BufReader::new(child.stdout.take().unwrap());
    Started { child, stdout }.wait().assert(0, 2, 0);
}

/// Neither a result nor a signal waits for whoever writes the lines.
#[test]
fn results_are_told_while_further_lines_are_waited_for() {
    let workspace = Workspace::with(&[]);
    let mut command = workspace.command_of("-");
    let mut child = command
        .args(["--jobs", "2"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let stdout = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut started = Started { child, stdout };
    for message in ["a", "b"] {
        writeln!(stdin, "{}", ok(message)).unwrap();
        assert_eq!(started.next()["status"], "success");
    }
    started.signal(rustix::process::Signal::TERM);
    started.wait().assert(143, 0, 0); // though stdin is still open
    drop(stdin);
}

#[test]
fn a_pipe_can_be_a_batch() {
    let workspace = Workspace::with(&[ok("a"), ok("b")]);
    let pipe = std::process::Command::new("mkfifo")
        .arg(workspace.path("pipe"))
        .status()
        .unwrap();
    assert!(pipe.success());
    let text = std::fs::read(workspace.path("batch.jsonl")).unwrap();
    let path = workspace.path("pipe");
    let writer = std::thread::spawn(move || std::fs::write(path, text).unwrap());
    finish(workspace.command_of("pipe")).assert(0, 2, 0);
    writer.join().unwrap();
    assert!(!workspace.path("artifacts/batch").exists(), "it was remembered");
}
