//! A processor's stderr: its log lines go on into the log, and its end is kept for the error that may follow.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use contracts::log::{Sink, parse_level};
use contracts::redact::Redactor;
use serde::Deserialize;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncRead, BufReader};
use tracing::level_filters::LevelFilter;

/// The longest line that is kept whole, in bytes.
const LONGEST_LINE: usize = 64 * 1024;
/// How many bytes of the end an error tells.
const TAIL: usize = 600;

/// Where log lines of processors go.
pub(crate) struct Forward {
    pub(crate) sink: Sink,
    pub(crate) level: LevelFilter,
    pub(crate) redactor: Redactor,
}

/// The end of what a processor wrote that was no log line of ours.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tail(Arc<Mutex<VecDeque<u8>>>);

#[derive(Deserialize)]
struct LogLine<'a> {
    #[serde(borrow)]
    level: std::borrow::Cow<'a, str>,
    #[serde(default, borrow)]
    event: std::borrow::Cow<'a, str>,
}

impl Tail {
    fn push(&self, text: &str) {
        let mut tail = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tail.extend(text.as_bytes());
        tail.push_back(b'\n');
        let surplus = tail.len().saturating_sub(TAIL);
        tail.drain(..surplus);
    }

    /// What is kept, as text on several lines.
    pub(crate) fn text(&self) -> String {
        let tail = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes: Vec<u8> = tail.iter().copied().collect();
        String::from_utf8_lossy(&bytes).trim().to_owned()
    }
}

/// Reads stderr to its end.
pub(crate) async fn read(stderr: impl AsyncRead + Unpin, forward: Arc<Forward>, tail: Tail) {
    let mut reader = BufReader::new(stderr);
    let mut line = Vec::new();
    while let Ok(true) = next_line(&mut reader, &mut line).await {
        forward.line(&line, &tail);
    }
}

/// Reads one line, cut to a bounded length; `false` at the end.
async fn next_line(reader: &mut (impl AsyncBufRead + Unpin), line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let mut any = false;
    loop {
        let buffer = reader.fill_buf().await?;
        if buffer.is_empty() {
            return Ok(any);
        }
        any = true;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let part = buffer.get(..end.unwrap_or(buffer.len())).unwrap_or_default();
        let room = LONGEST_LINE.saturating_sub(line.len());
        line.extend_from_slice(part.get(..room.min(part.len())).unwrap_or_default());
        let used = part.len() + usize::from(end.is_some());
        reader.consume(used);
        if end.is_some() {
            return Ok(true);
        }
    }
}

impl Forward {
    fn line(&self, line: &[u8], tail: &Tail) {
        // before it is cut or joined, so that a secret cannot hide
        let text = self.redactor.redact(&String::from_utf8_lossy(line));
        match serde_json::from_str::<LogLine<'_>>(&text) {
            Ok(log) => {
                if parse_level(&log.level).is_none_or(|level| level <= self.level) {
                    self.sink.write(format!("{text}\n").as_bytes());
                }
                if log.level == "error" {
                    tail.push(&log.event);
                }
            }
            Err(_) => tail.push(&text),
        }
    }
}
