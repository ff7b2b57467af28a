//! The log that a model writes while it runs.

use std::time::{Duration, Instant};

use runtime::Config;

use crate::prediction::{Prediction, Status};

/// The longest excerpt for an error message, and the longest note of a success, in characters.
const LONGEST_TAIL: usize = 400;
const LONGEST_NOTE: usize = 600;
/// Excerpts come from the last bytes of a log.
const SEARCHED_BYTES: usize = 64 * 1024;

/// Progress is logged no more often.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(1);

/// The end of a log for an error message, in whole lines where possible.
pub(crate) fn tail(config: &Config, logs: &str) -> String {
    last_lines(&redacted_end(config, logs), LONGEST_TAIL)
}

/// The end of a log in one line, for a success with an empty output.
pub(crate) fn note(config: &Config, logs: &str) -> String {
    last_lines(&redacted_end(config, logs), LONGEST_NOTE - 1).replace(char::is_control, " ")
}

fn redacted_end(config: &Config, logs: &str) -> String {
    let start = logs.ceil_char_boundary(logs.len().saturating_sub(SEARCHED_BYTES));
    config.redact(logs.get(start..).unwrap_or_default())
}

/// The last whole lines; at most one character more than `longest`.
fn last_lines(text: &str, longest: usize) -> String {
    let text = text.trim_end();
    let Some((start, _)) = text.char_indices().rev().nth(longest) else {
        return text.to_owned();
    };
    let end = text.get(start..).unwrap_or_default();
    let lines = end.find(['\n', '\r']).and_then(|at| end.get(at..));
    lines.unwrap_or(end).trim_start().to_owned()
}

/// The last percentage from 0 to 100 in a log, as progress bars write it.
fn percent(logs: &str) -> Option<u8> {
    logs.rmatch_indices('%').find_map(|(at, _)| {
        let before = logs.get(..at)?;
        let rest = before.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        let number: f64 = before.get(rest.len()..)?.parse().ok()?;
        (number <= 100.0).then_some(number as u8)
    })
}

/// Logs the progress of a prediction when it changes, at most once a second.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    last: Option<(Status, Option<u8>)>,
    logged: Option<Instant>,
}

impl Progress {
    pub(crate) fn log(&mut self, prediction: &Prediction) {
        let is_recent = |logged: Instant| logged.elapsed() < PROGRESS_INTERVAL;
        if self.logged.is_some_and(is_recent) {
            return;
        }
        let current = (prediction.status, percent(&prediction.logs));
        if self.last == Some(current) {
            return;
        }
        self.last = Some(current);
        self.logged = Some(Instant::now());
        let status = prediction.status.as_str();
        match current.1 {
            Some(percent) => tracing::info!(status, percent, "progress"),
            None => tracing::info!(status, "progress"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_percentage_counts() {
        for (logs, expected) in [
            ("", None),
            ("Using seed: 7", None),
            (
                "  5%|▌         | 1/20 [00:00<00:02]\r 45%|████▌     | 9/20",
                Some(45),
            ),
            ("100%|██████████| 20/20 [00:02<00:00,  8.81it/s]\n", Some(100)),
            ("é7%", Some(7)),
            ("0%", Some(0)),
            ("50% then 250% and %", Some(50)),
            ("99.5%", Some(99)),
            ("1.2.3% .%", None),
        ] {
            assert_eq!(percent(logs), expected, "{logs:?}");
        }
    }

    #[test]
    fn an_excerpt_is_whole_lines_where_possible() {
        assert_eq!(last_lines("a\nb\n", LONGEST_TAIL), "a\nb");
        assert_eq!(last_lines("", LONGEST_TAIL), "");
        let long = format!("{}\nlast line\n", "x".repeat(2 * LONGEST_TAIL));
        assert_eq!(last_lines(&long, LONGEST_TAIL), "last line");
        let one_line = last_lines(&"é".repeat(2 * LONGEST_TAIL), LONGEST_TAIL);
        assert_eq!(one_line.chars().count(), LONGEST_TAIL + 1);
        let many = "a line\n".repeat(LONGEST_TAIL);
        let end = last_lines(&many, LONGEST_TAIL);
        assert!(end.len() <= LONGEST_TAIL && end.starts_with("a line\n"));
    }
}
