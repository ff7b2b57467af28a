//! What a model logs while it runs.

use std::time::{Duration, Instant};

use crate::prediction::{Prediction, Status};

/// The most that an error message tells of a log, in bytes.
const LONGEST_TAIL: usize = 400;

/// Progress is told no more often.
const PAUSE: Duration = Duration::from_secs(1);

/// The last whole lines of a log; whole ones, as a cut within one could go through a secret, which would not be recognized then.
pub(crate) fn tail(logs: &str) -> &str {
    let logs = logs.trim_end();
    let earliest = logs.len().saturating_sub(LONGEST_TAIL);
    if earliest == 0 {
        return logs;
    }
    let starts = logs
        .bytes()
        .enumerate()
        .filter(|(_, byte)| matches!(byte, b'\n' | b'\r'));
    let start = starts.map(|(at, _)| at + 1).find(|start| *start >= earliest);
    start.and_then(|start| logs.get(start..)).unwrap_or_default()
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
        let now = (prediction.status, percent(&prediction.logs));
        if self.known == Some(now) || self.told.is_some_and(|told| told.elapsed() < PAUSE) {
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
    fn a_tail_is_whole_lines() {
        assert_eq!(tail("a\nb\n"), "a\nb");
        assert_eq!(tail(""), "");
        let long = format!("{}\nlast line\n", "x".repeat(2 * LONGEST_TAIL));
        assert_eq!(tail(&long), "last line");
        assert_eq!(tail(&"é".repeat(LONGEST_TAIL)), "");
        let many = "a line\n".repeat(LONGEST_TAIL);
        assert!(tail(&many).len() <= LONGEST_TAIL && tail(&many).starts_with("a line\n"));
    }
}
