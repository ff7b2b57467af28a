//! A processor's stderr: its log lines go on into the log, and its end is kept for the error that may follow.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use logging::{REDACTED, Redactor};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};

use crate::adapter::{LineKind, ProcessorLog};

/// The longest line that may be a log line, in bytes.
const LONGEST_LINE: usize = 64 * 1024;
/// How many bytes of the end are kept. More than an error shows: what is cut off may be a part of a secret, which nothing
/// recognizes any more.
const LONGEST_TAIL: usize = 64 * 1024;
/// How many bytes of the end an error shows.
const SHOWN: usize = 600;

/// Lines of an engine's client about itself: they say nothing about how a processor ended.
const NOTICES: [&str; 3] = [
    "Resource limits are not supported and ignored on cgroups V1 rootless systems",
    "WARNING: IPv4 forwarding is disabled.",
    "WARNING: The requested image's platform",
];

fn is_notice(line: &[u8]) -> bool {
    NOTICES.iter().any(|notice| line.starts_with(notice.as_bytes()))
}

/// The end of what a processor wrote that was no log line of ours, as it wrote it.
#[derive(Clone, Debug, Default)]
pub(super) struct Tail(Arc<Mutex<Bytes>>);

#[derive(Debug, Default)]
struct Bytes {
    bytes: VecDeque<u8>,
    is_cut: bool,
}

impl Tail {
    /// Takes more of it.
    pub(super) fn push(&self, bytes: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.bytes.extend(bytes);
        let surplus = kept.bytes.len().saturating_sub(LONGEST_TAIL);
        kept.bytes.drain(..surplus);
        kept.is_cut |= surplus > 0;
    }

    /// Takes a line, with its newline: of a log line only the error that it reports.
    fn push_line(&self, log: &ProcessorLog, line: &[u8]) {
        match log.take_line(line) {
            LineKind::Logged => {}
            LineKind::Error(event) => self.push(format!("{event}\n").as_bytes()),
            LineKind::Other if is_notice(line) => {
                let notice = String::from_utf8_lossy(line);
                tracing::warn!(notice = notice.trim(), "engine_notice");
            }
            LineKind::Other => self.push(line),
        }
    }

    /// The last of it without secrets, as text on several lines.
    ///
    /// Secrets are looked for in all that is kept, over the ends of lines, before it is cut to what is shown.
    pub(super) fn text(&self, redactor: &Redactor) -> String {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let redacted = redactor.redact(&String::from_utf8_lossy(kept.bytes.make_contiguous()));
        let unsafe_length = if kept.is_cut {
            // may be the rest of a secret, which ends before the next one begins
            let next = redacted.find(REDACTED).unwrap_or(usize::MAX);
            redactor.longest().min(next)
        } else {
            0
        };
        let mut from = redacted.len().saturating_sub(SHOWN).max(unsafe_length);
        while from < redacted.len() && !redacted.is_char_boundary(from) {
            from += 1;
        }
        redacted.get(from..).unwrap_or_default().trim().to_owned()
    }
}

/// Reads stderr to its end.
pub(super) async fn read(stderr: impl AsyncRead + Unpin, log: Arc<ProcessorLog>, tail: Tail) {
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
            if is_whole && end.is_some() {
                tail.push_line(&log, &line);
            } else {
                tail.push(&line);
            }
            line.clear();
            is_whole = end.is_some();
        }
    }
    tail.push_line(&log, &line);
}
