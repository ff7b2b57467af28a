//! Log lines as people at a terminal read them: short, and without what is told elsewhere.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde_json::{Map, Value};

use crate::printable::Printable;
use crate::quantity::duration;

/// What every line has, and a terminal shows once at most.
const BOUND: [&str; 7] = [
    "ts",
    "level",
    "event",
    "trace_id",
    "adapter",
    "processor_ref",
    "mode",
];
/// What the event `run_failed` says that the failure itself says too.
const OF_FAILURE: [&str; 3] = ["error", "told_by", "retryable"];

/// Which lines are shown, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct ShortLog {
    /// Retries, which are many, are for `--verbose`.
    pub(super) has_retries: bool,
    /// Pauses that a service asks for; else the line of progress shows them.
    pub(super) has_pauses: bool,
    /// Failures in full; else they are shown as the answer of their run.
    pub(super) has_failures: bool,
    /// The runs that lines are about, where there are several.
    pub(super) has_runs: bool,
}

impl ShortLog {
    /// The line for a line of JSON; `None` for one that is not shown.
    pub(super) fn line(self, json: &[u8]) -> Option<String> {
        let Ok(fields) = serde_json::from_slice::<Map<String, Value>>(json) else {
            return Some(String::from_utf8_lossy(json).into_owned());
        };
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
        let event = text("event");
        let is_shown = match event {
            "retry" => self.has_retries,
            "told_pause" => self.has_pauses || self.has_retries,
            "run_failed" => self.has_failures || self.has_retries,
            _ => true,
        };
        if !is_shown {
            return None;
        }
        let level = text("level");
        let style = style(level);
        let run = Some(text("trace_id")).filter(|run| self.has_runs && !run.is_empty());
        let run = run.map(|run| format!("{}: ", Printable(run))).unwrap_or_default();
        let said = sentence(event, &fields).unwrap_or_else(|| self.listed(event, &fields));
        Some(format!("{style}{}{style:#} {run}{said}\n", Printable(level)))
    }

    /// The event with its fields, but for hashes, which receipts have.
    fn listed(self, event: &str, fields: &Map<String, Value>) -> String {
        let is_told = event == "run_failed" && !self.has_failures;
        let mut line = Printable(&event.replace('_', " ")).to_string();
        for (name, value) in fields {
            let is_hash = name.contains("hash") || name.ends_with("sha256");
            if is_hash || BOUND.contains(&name.as_str()) || (is_told && OF_FAILURE.contains(&name.as_str())) {
                continue;
            }
            let value = match value {
                Value::String(text) if text.is_empty() => continue,
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let _ = write!(line, "  {}={}", Printable(name), Printable(&value)); // writing to a String cannot fail
        }
        line
    }
}

/// The events that people see most, as sentences.
fn sentence(event: &str, fields: &Map<String, Value>) -> Option<String> {
    let text = |name: &str| {
        fields
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    let provider = Printable(text("provider").unwrap_or("the service"));
    let pause = fields.get("pause_ms").and_then(Value::as_u64).map(duration);
    match event {
        "told_pause" => Some(format!("{provider} asks to be left alone for {}", pause?)),
        "retry" => {
            let code = Printable(text("code")?);
            Some(format!("{provider}: {code}, asked again in {}", pause?))
        }
        "earlier_attempt" => Some(match fields.get("attempts")?.as_u64()? {
            1 => "an earlier run of this execution never ended, and may have been paid for".to_owned(),
            attempts => {
                format!("{attempts} earlier runs of this execution never ended, and may have been paid for")
            }
        }),
        _ => None,
    }
}

fn style(level: &str) -> Style {
    match level {
        "error" => AnsiColor::Red.on_default().bold(),
        "warn" => AnsiColor::Yellow.on_default(),
        _ => Style::new().dimmed(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: ShortLog = ShortLog {
        has_retries: true,
        has_pauses: true,
        has_failures: true,
        has_runs: true,
    };
    const FEW: ShortLog = ShortLog {
        has_retries: false,
        has_pauses: false,
        has_failures: false,
        has_runs: false,
    };

    /// The line without its colours.
    fn shown(log: ShortLog, fields: &str) -> Option<String> {
        let bound = r#""ts":"2026-11-26T12:38:14.959Z","trace_id":"run-1","adapter":"local","processor_ref":"a/b@1","mode":"real""#;
        let line = log.line(format!("{{{bound},{fields}}}\n").as_bytes())?;
        Some(anstream::adapter::strip_str(&line).to_string())
    }

    #[test]
    fn a_line_is_short() {
        let pull = r#""level":"info","event":"image_pull_started","image":"a\u001b[2J","bytes":3"#;
        assert_eq!(
            shown(ALL, pull).unwrap(),
            "info run-1: image pull started  image=a\\u{1b}[2J  bytes=3\n"
        );
        let retry = r#""level":"warn","event":"retry","provider":"openai","code":"ERR_X","pause_ms":12300"#;
        assert_eq!(
            shown(ALL, retry).unwrap(),
            "warn run-1: openai: ERR_X, asked again in 12.3 s\n"
        );
        let pause = r#""level":"warn","event":"told_pause","pause_ms":2000"#;
        assert_eq!(
            shown(ALL, pause).unwrap(),
            "warn run-1: the service asks to be left alone for 2.0 s\n"
        );
        assert_eq!((shown(FEW, retry), shown(FEW, pause)), (None, None));
        let earlier = r#""level":"warn","event":"earlier_attempt","attempts":2"#;
        assert_eq!(
            shown(FEW, earlier).unwrap(),
            "warn 2 earlier runs of this execution never ended, and may have been paid for\n"
        );
    }

    #[test]
    fn a_failure_is_told_once() {
        let failed = r#""level":"error","event":"run_failed","code":"ERR_X","error":"not so","retryable":false,"told_by":"provider""#;
        assert_eq!(shown(FEW, failed), None);
        let verbose = ShortLog {
            has_retries: true,
            ..FEW
        };
        assert_eq!(shown(verbose, failed).unwrap(), "error run failed  code=ERR_X\n");
        assert!(shown(ALL, failed).unwrap().contains("error=not so"));
    }
}
