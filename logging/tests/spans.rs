//! The fields of spans in log lines.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use logging::{Clock, JsonLayer, LogContext, LogWriter, Redactor};
use serde_json::{Value, json};
use tracing::level_filters::LevelFilter;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The lines that a function logs, with the secret `hunter2`, when the targets `spans` and `mine` are the program's own.
fn log(function: impl FnOnce()) -> Vec<Value> {
    let lines = Lines::default();
    let redactor = Redactor::default();
    redactor.add("KEY", "hunter2");
    let layer = JsonLayer {
        writer: LogWriter::new(Box::new(lines.clone())),
        context: LogContext::new("test/spans@1"),
        redactor,
        clock: Clock::fixed(SystemTime::UNIX_EPOCH),
        level: LevelFilter::INFO,
        own_crates: vec!["spans", "mine"],
    };
    tracing::dispatcher::with_default(&layer.into_dispatch(), function);
    let bytes = lines.0.lock().unwrap();
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
}

/// The fields after those of every line.
fn own(line: &Value) -> String {
    let fields = line.as_object().unwrap().iter().skip(7);
    let fields: serde_json::Map<_, _> = fields.map(|(key, value)| (key.clone(), value.clone())).collect();
    Value::from(fields).to_string()
}

#[test]
fn events_have_the_fields_of_the_spans_around_them() {
    let lines = log(|| {
        let outer = tracing::info_span!("page", page = 3, found = tracing::field::Empty).entered();
        tracing::info!("before");
        outer.record("found", true);
        let inner = tracing::info_span!("image", image = "a.png", page = 4).entered();
        tracing::info!(bytes = 10, image = "b.png", "inside");
        drop(inner);
        drop(outer);
        tracing::info!("after");
    });
    let [before, inside, after] = lines.as_slice() else {
        panic!("{lines:?}");
    };
    assert_eq!(before["event"], "before");
    assert_eq!(own(before), r#"{"page":3}"#);
    assert_eq!(
        own(inside),
        r#"{"found":true,"page":4,"bytes":10,"image":"b.png"}"#,
        "the innermost value counts"
    );
    assert_eq!(own(after), "{}");
    let keys: Vec<_> = inside.as_object().unwrap().keys().take(7).collect();
    assert_eq!(
        keys,
        [
            "ts",
            "level",
            "event",
            "trace_id",
            "adapter",
            "processor_ref",
            "mode"
        ]
    );
}

#[test]
fn the_fields_of_spans_are_redacted() {
    let lines = log(|| {
        let secrets = json!({"key": "hunter2"});
        let _span = tracing::info_span!("call", url = "https://h/?key=hunter2", ?secrets).entered();
        tracing::info!("called");
    });
    assert_eq!(lines[0]["url"], "https://h/?key=[REDACTED]");
    assert!(!lines[0].to_string().contains("hunter2"), "{lines:?}");
}

#[test]
fn the_spans_of_libraries_do_not_appear() {
    let lines = log(|| {
        let _library =
            tracing::info_span!(target: "hyper::client", "connection", peer = "10.0.0.1").entered();
        let _own = tracing::info_span!(target: "mine::client", "call", attempt = 1).entered();
        tracing::info!(target: "hyper::client", "a detail of a library");
        tracing::warn!(target: "hyper::client", "a warning of a library");
        tracing::info!(target: "mine::client", "asked");
        tracing::debug!(target: "mine::client", "below the level");
    });
    let events: Vec<_> = lines.iter().map(|line| line["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["a warning of a library", "asked"]);
    assert_eq!(own(&lines[1]), r#"{"attempt":1}"#);
}
