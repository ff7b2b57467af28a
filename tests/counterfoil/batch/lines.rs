//! What counts as a line.

use std::fs::File;
use std::io::{Seek as _, Write as _};

use support::{Signal, make_fifo};

use super::{Workspace, ok};

#[test]
fn blank_lines_are_skipped_and_counted() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write("batch.jsonl", format!("\n{}\r\n \t\r\n\n{}", ok("a"), ok("b"))); // no newline at the end
    let ended = workspace.batch(&[]).run();
    ended.assert_batch(0, 2, 0);
    assert_eq!([ended.line_numbers()[0], ended.line_numbers()[1]], [2, 5]);
}

#[test]
fn a_crlf_line_has_the_same_hash() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write("batch.jsonl", format!("{}\n", ok("a")));
    let unix = workspace.batch(&["--execution-id", "same"]).run();
    workspace.write("batch.jsonl", format!("{}\r\n", ok("a")));
    let dos = workspace.batch(&["--execution-id", "same"]).run();
    assert_eq!(unix.execution_ids(), dos.execution_ids());
    assert_eq!(dos.before(), [1]);
}

#[test]
fn a_bom_is_refused() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write("batch.jsonl", format!("\u{feff}{}\n{}\n", ok("a"), ok("b")));
    workspace
        .batch(&[])
        .run()
        .assert_refused("ERR_USAGE", 2)
        .assert_message("line 1: ");
}

#[test]
fn a_line_over_64_mib_is_refused() {
    let workspace = Workspace::with_batch(&[]);
    let mut file = File::create(workspace.path("batch.jsonl")).unwrap();
    file.set_len(64 * 1024 * 1024 + 100).unwrap(); // a hole: NULs
    file.seek(std::io::SeekFrom::End(0)).unwrap();
    writeln!(file, "\n{}", ok("after it")).unwrap();
    let ended = workspace.batch(&[]).run();
    ended.assert_refused("ERR_USAGE", 2);
    ended.assert_message("larger than 64 MiB in line 1");
    assert!(!workspace.path("artifacts").exists());
}

#[test]
fn a_line_without_end_is_refused() {
    let workspace = Workspace::with_batch(&[]);
    let ended = workspace.batch_of("/dev/zero").run();
    ended.assert_refused("ERR_USAGE", 2);
    ended.assert_message("larger than 64 MiB in line 1");
    assert!(!workspace.path("artifacts").exists());
}

#[test]
fn an_empty_file_is_a_batch_of_nothing() {
    let workspace = Workspace::with_batch(&[]);
    let ended = workspace.batch(&[]).run();
    ended.assert_batch(0, 0, 0);
    assert_eq!(ended.summary(), "0 lines: 0 done");
    assert_eq!(ended.stderr.lines().count(), 1, "{ended:?}");
}

#[test]
fn lines_come_from_standard_input_too() {
    let workspace = Workspace::with_batch(&[ok("a"), ok("b")]);
    let batch = workspace.batch_of("-").stdin_file(workspace.path("batch.jsonl"));
    batch.run().assert_batch(0, 2, 0);
}

/// The whole is looked at before anything is paid.
#[test]
fn standard_input_is_read_to_its_end_first() {
    let workspace = Workspace::with_batch(&[]);
    let mut started = workspace.batch_of("-").stdin_open().start();
    started.write(&format!("{}\n", ok("a")));
    started.write("{not json\n");
    started.close_stdin();
    let ended = started.wait();
    ended.assert_refused("ERR_USAGE", 2);
    ended.assert_message("the batch standard input has a line that cannot be used, line 2: ");
    assert!(workspace.receipts().is_empty());
}

#[test]
fn a_signal_does_not_wait_for_the_end_of_standard_input() {
    let workspace = Workspace::with_batch(&[]);
    let mut started = workspace.batch_of("-").stdin_open().start();
    started.write(&format!("{}\n", ok("a")));
    started.signal(Signal::TERM);
    started.wait().assert_batch(143, 0, 0); // though stdin is still open
}

#[test]
fn a_pipe_can_be_a_batch() {
    let workspace = Workspace::with_batch(&[ok("a"), ok("b")]);
    make_fifo(&workspace.path("pipe"));
    let text = workspace.bytes("batch.jsonl");
    let path = workspace.path("pipe");
    let writer = std::thread::spawn(move || std::fs::write(path, text).unwrap());
    workspace.batch_of("pipe").run().assert_batch(0, 2, 0);
    writer.join().unwrap();
}
