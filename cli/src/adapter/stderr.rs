//! A processor's stderr: its log lines go on into the log, and its end is kept for the error that may follow.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use logging::{LogWriter, parse_level};
use logging::{REDACTED, Redactor};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tracing::level_filters::LevelFilter;

/// The longest line that may be a log line, in bytes.
const LONGEST_LINE: usize = 64 * 1024;
/// How many bytes of the end are kept. More than an error tells: what is cut off may be a part of a secret, which nothing
/// recognizes any more.
const KEPT: usize = 64 * 1024;
/// How many bytes of the end an error tells.
const TOLD: usize = 600;

/// Where log lines of processors go.
pub(crate) struct Forward {
    pub(crate) sink: LogWriter,
    pub(crate) level: LevelFilter,
    pub(crate) redactor: Redactor,
    /// Who wants to know of pauses, whatever the level.
    pub(crate) heard: Option<Box<Heard>>,
}

/// Is called with every pause that a processor tells.
pub(crate) type Heard = dyn Fn(Pause) + Send + Sync;

/// A pause that a processor makes, or that its service asks for.
#[derive(Clone, Debug)]
pub(crate) struct Pause {
    /// Whom it was asking, where it says so.
    pub(crate) provider: Option<String>,
    /// The error that it waits because of.
    pub(crate) code: String,
    pub(crate) length: Duration,
    /// Whether the service named its length; else the processor chose it.
    pub(crate) is_told: bool,
}

/// The end of what a processor wrote that was no log line of ours, as it wrote it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tail(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    bytes: VecDeque<u8>,
    is_cut: bool,
}

#[derive(Deserialize)]
struct LogLine<'a> {
    #[serde(borrow)]
    level: std::borrow::Cow<'a, str>,
    #[serde(default, borrow)]
    event: std::borrow::Cow<'a, str>,
}

/// The fields of the events `told_pause` and `retry`.
#[derive(Deserialize)]
struct PauseLine {
    #[serde(default)]
    provider: Option<String>,
    #[serde(default)]
    code: String,
    pause_ms: u64,
    #[serde(default)]
    told: bool,
}

impl Tail {
    /// Takes more of it.
    pub(super) fn push(&self, bytes: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.bytes.extend(bytes);
        let surplus = kept.bytes.len().saturating_sub(KEPT);
        kept.bytes.drain(..surplus);
        kept.is_cut |= surplus > 0;
    }

    /// The last of it without secrets, as text on several lines.
    ///
    /// Secrets are looked for in all that is kept, over the ends of lines, before it is cut to what is told.
    pub(crate) fn text(&self, redactor: &Redactor) -> String {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let redacted = redactor.redact(&String::from_utf8_lossy(kept.bytes.make_contiguous()));
        let unsafe_length = match kept.is_cut {
            // may be the rest of a secret, which ends before the next one begins
            true => redactor
                .longest()
                .min(redacted.find(REDACTED).unwrap_or(usize::MAX)),
            false => 0,
        };
        let mut from = redacted.len().saturating_sub(TOLD).max(unsafe_length);
        while from < redacted.len() && !redacted.is_char_boundary(from) {
            from += 1;
        }
        redacted.get(from..).unwrap_or_default().trim().to_owned()
    }
}

/// Reads stderr to its end.
pub(crate) async fn read(stderr: impl AsyncRead + Unpin, forward: Arc<Forward>, tail: Tail) {
    let mut reader = BufReader::new(stderr);
    let mut line = Vec::new();
    let mut is_whole = true;
    while let Ok(buffer) = reader.fill_buf().await
        && !buffer.is_empty()
    {
        let end = memchr::memchr(b'\n', buffer);
        let used = end.map_or(buffer.len(), |end| end + 1);
        line.extend_from_slice(buffer.get(..used).unwrap_or_default());
        reader.consume(used);
        if end.is_some() || line.len() > LONGEST_LINE {
            match is_whole && end.is_some() {
                true => forward.line(&line, &tail),
                false => tail.push(&line),
            }
            line.clear();
            is_whole = end.is_some();
        }
    }
    forward.line(&line, &tail);
}

impl Forward {
    /// Takes a line, with its newline.
    fn line(&self, line: &[u8], tail: &Tail) {
        let text = self.redactor.redact(&String::from_utf8_lossy(line));
        match serde_json::from_str::<LogLine<'_>>(&text) {
            Ok(log) => {
                if parse_level(&log.level).is_none_or(|level| level <= self.level) {
                    self.sink.write(format!("{}\n", text.trim_end()).as_bytes());
                }
                self.hear(&log.event, &text);
                if log.level == "error" {
                    tail.push(format!("{}\n", log.event).as_bytes());
                }
            }
            Err(_) => tail.push(line),
        }
    }

    /// Passes a pause on. What a service tells comes as `told_pause`; the `retry` after it says nothing new.
    fn hear(&self, event: &str, line: &str) {
        let Some(heard) = &self.heard else { return };
        let is_told = match event {
            "told_pause" => true,
            "retry" => false,
            _ => return,
        };
        if let Ok(pause) = serde_json::from_str::<PauseLine>(line)
            && (is_told || !pause.told)
        {
            heard(Pause {
                provider: pause.provider,
                code: pause.code,
                length: Duration::from_millis(pause.pause_ms),
                is_told,
            });
        }
    }
}
