//! Answers that do not fit on the disk.

use std::process::Command;

use serde_json::json;
use support::{Answer, Dir, Server, Test};

use crate::real_at;

const TYPE: (&str, &str) = ("content-type", "text/event-stream");

fn chunk(content: &str) -> String {
    format!(r#"{{"choices":[{{"index":0,"delta":{{"content":"{content}"}},"finish_reason":"stop"}}]}}"#)
}

fn stream(chunks: &[String]) -> Answer {
    let events: String = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
    Answer::new(200, events).header(TYPE.0, TYPE.1)
}

fn streaming(server: &Server) -> Test {
    real_at(&server.url("/v1"), json!({"stream": true}))
}

/// With files of at most 512 KiB.
fn limited(run: Test) -> Test {
    run.under(["sh", "-c", r#"trap '' XFSZ; ulimit -f 1024; exec "$@""#, "sh"])
}

#[test]
fn what_fits_of_a_stream_is_kept() {
    let chunks = vec![chunk(&"x".repeat(1000)); 1000];
    let server = Server::always(stream(&chunks));
    let run = limited(streaming(&server)).run();
    let kept = run.assert_rejected("ERR_OUTPUT_WRITE", 21);
    run.assert_message("the stream cannot be written: File too large");
    let lines: String = chunks.iter().map(|chunk| format!("{chunk}\n")).collect();
    assert!(
        kept.len() > 100_000 && lines.as_bytes().starts_with(&kept),
        "{}",
        kept.len()
    );
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_stream_whose_completion_does_not_fit_is_kept() {
    // a control character takes six times as much in the completion
    let chunks = [chunk(&"\u{1}".repeat(100_000))];
    let server = Server::always(stream(&chunks));
    let run = limited(streaming(&server)).run();
    let kept = run.assert_rejected("ERR_OUTPUT_WRITE", 21);
    run.assert_message("the completion of the answer cannot be written: File too large");
    assert_eq!(kept, format!("{}\n", chunks[0]).as_bytes());
    streaming(&server).run().assert_success();
}

#[test]
fn a_document_that_does_not_fit_is_kept_as_far_as_it_does() {
    let answer = format!(
        r#"{{"choices":[{{"message":{{"content":"{}"}}}}]}}"#,
        "x".repeat(600_000)
    );
    let broken = &answer[..answer.len() - 2];
    for (body, code, status, what) in [
        (
            answer.as_str(),
            "ERR_OUTPUT_WRITE",
            21,
            "the answer cannot be written",
        ),
        (broken, "ERR_PROVIDER_RESPONSE", 14, "JSON that cannot be read"),
    ] {
        let json = Answer::new(200, body).header("content-type", "application/json");
        let server = Server::always(json);
        let run = limited(real_at(&server.url("/v1"), json!({}))).run();
        let kept = run.assert_rejected(code, status);
        run.assert_message(what);
        run.assert_message(&format!("524288 of the {} bytes of its answer fit", body.len()));
        assert_eq!(kept, body.as_bytes()[..512 * 1024]);
    }
}

/// A file system in memory, unmounted at the end of the test however it ends.
struct Disk(Dir);

impl Disk {
    fn new(options: &str) -> Self {
        let disk = Self(Dir::new());
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(disk.0.path(""))
            .status();
        assert!(mounted.unwrap().success());
        disk
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path("")).status(); // a failed test has been reported already
    }
}

#[test]
#[ignore = "needs root: mounts a tmpfs; .ci/run runs it"]
fn a_stream_that_fills_the_disk_leaves_receipts() {
    let disk = Disk::new("size=1m");
    let chunks = vec![chunk(&"x".repeat(1000)); 2000];
    let server = Server::always(stream(&chunks));
    let run = streaming(&server).artifacts(disk.0.path("")).run();
    let kept = run.assert_rejected("ERR_OUTPUT_WRITE", 21);
    assert!(kept.len() > 500_000, "{}", kept.len());
}

#[test]
#[ignore = "needs root: mounts a tmpfs; .ci/run runs it"]
fn a_document_that_fills_the_disk_leaves_receipts() {
    let disk = Disk::new("size=300k");
    let body = format!(r#"{{"choices":["{}"#, "x".repeat(300_000));
    let server = Server::always(Answer::new(200, body));
    let run = real_at(&server.url("/v1"), json!({}))
        .artifacts(disk.0.path(""))
        .run();
    let kept = run.assert_rejected("ERR_PROVIDER_RESPONSE", 14);
    assert!(kept.len() > 100_000, "{}", kept.len());
}

#[test]
#[ignore = "needs root: mounts a tmpfs; .ci/run runs it"]
fn nothing_is_asked_without_room_for_the_receipts() {
    let disk = Disk::new("size=256k");
    std::fs::write(disk.0.path("filler"), vec![1; 216 * 1024]).unwrap();
    let server = Server::always(stream(&[chunk("x")]));
    let run = streaming(&server).artifacts(disk.0.path("")).run();
    run.assert_failure("ERR_OUTPUT_WRITE", 21);
    assert!(server.requests().is_empty());
}
