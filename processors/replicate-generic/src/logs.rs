//! What a model logs while it runs.

use std::time::{Duration, Instant};

use runtime::Config;

use crate::prediction::{Prediction, Status};

/// The most that an error message tells of a log, in characters, and how much of it is looked at for that, in bytes.
const LONGEST_TAIL: usize = 400;
const LAST: usize = 64 * 1024;

/// Progress is told no more often.
const PAUSE: Duration = Duration::from_secs(1);

/// The same of a success without anything to show.
const LONGEST_NOTE: usize = 600;

/// The end of a log, in whole lines where there are some.
pub(crate) fn tail(config: &Config, logs: &str) -> String {
    end_of(&last(config, logs), LONGEST_TAIL)
}

/// The same on one line, for a success that has nothing to show.
pub(crate) fn note(config: &Config, logs: &str) -> String {
    let end = end_of(&last(config, logs), LONGEST_NOTE - 1);
    end.replace(char::is_control, " ")
}

fn last(config: &Config, logs: &str) -> String {
    let earliest = logs.len().saturating_sub(LAST);
    let start = (earliest..=logs.len()).find(|at| logs.is_char_boundary(*at));
    let last = start.and_then(|start| logs.get(start..)).unwrap_or_default();
    config.redact(last)
}

/// The last lines, of one character more than that at most.
fn end_of(text: &str, longest: usize) -> String {
    let text = text.trim_end();
    let Some((start, _)) = text.char_indices().rev().nth(longest) else {
        return text.to_owned();
    };
    let end = text.get(start..).unwrap_or_default();
    let lines = end.find(['\n', '\r']).and_then(|at| end.get(at..));
    lines.unwrap_or(end).trim_start().to_owned()
}

/// How far the model says that it is: the last number of percent, 0 to 100, as progress bars write it.
fn percent(logs: &str) -> Option<u8> {
    logs.rmatch_indices('%').find_map(|(at, _)| {
        let before = logs.get(..at)?;
        let rest = before.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        let number: f64 = before.get(rest.len()..)?.parse().ok()?;
        (number <= 100.0).then_some(number as u8)
    })
}

/// Tells the log how a prediction is going, as often as something is new, but not more than once a second.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    known: Option<(Status, Option<u8>)>,
    told: Option<Instant>,
}

impl Progress {
    pub(crate) fn tell(&mut self, prediction: &Prediction) {
        if self.told.is_some_and(|told| told.elapsed() < PAUSE) {
            return;
        }
        let now = (prediction.status, percent(&prediction.logs));
        if self.known == Some(now) {
            return;
        }
        self.known = Some(now);
        self.told = Some(Instant::now());
        let status = prediction.status.as_str();
        match now.1 {
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
    fn an_end_is_whole_lines_where_there_are_some() {
        assert_eq!(end_of("a\nb\n", LONGEST_TAIL), "a\nb");
        assert_eq!(end_of("", LONGEST_TAIL), "");
        let long = format!("{}\nlast line\n", "x".repeat(2 * LONGEST_TAIL));
        assert_eq!(end_of(&long, LONGEST_TAIL), "last line");
        assert_eq!(
            end_of(&"é".repeat(2 * LONGEST_TAIL), LONGEST_TAIL)
                .chars()
                .count(),
            LONGEST_TAIL + 1
        );
        let many = "a line\n".repeat(LONGEST_TAIL);
        let end = end_of(&many, LONGEST_TAIL);
        assert!(end.len() <= LONGEST_TAIL && end.starts_with("a line\n"));
    }
}
