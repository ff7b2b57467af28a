//! A verification for people: one line a check, and the verdict last.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::report::{Check, Report};
use crate::printable::Printable;
use crate::quantity::size;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const NOTE: Style = AnsiColor::Yellow.on_default();

pub(super) fn render(report: &Report) -> String {
    let mut text = String::new();
    for check in &report.checks {
        text.push_str(&line(check));
    }
    text + &notes(report) + &verdict(report)
}

fn notes(report: &Report) -> String {
    let mut text = String::new();
    for note in &report.notes {
        let _ = writeln!(text, "{NOTE}note{NOTE:#}     {}", Printable(note)); // writing to a String cannot fail
    }
    text
}

/// One of many: only what does not hold, the notes and the verdict.
pub(super) fn render_short(report: &Report) -> String {
    let bad = report.checks.iter().filter(|check| !check.ok);
    bad.map(line).collect::<String>() + &notes(report) + &verdict(report)
}

fn line(check: &Check) -> String {
    let (style, word) = match (check.ok, check.is_missing) {
        (true, _) => (GOOD, "ok"),
        (false, true) => (BAD, "MISSING"),
        (false, false) => (BAD, "DIFFERS"),
    };
    let mut line = format!("{style}{word}{style:#}{:width$}", "", width = 9 - word.len());
    let _ = write!(line, "{}", Printable(&check.path)); // as above
    if let Some(bytes) = check.size_bytes {
        let _ = write!(line, "  {}", size(bytes));
    }
    match &check.detail {
        Some(detail) if !check.is_missing => {
            let _ = write!(line, " {}", Printable(detail));
        }
        _ => {}
    }
    line + "\n"
}

fn verdict(report: &Report) -> String {
    let bad = report.checks.iter().filter(|check| !check.ok).count();
    let all = report.checks.len();
    let id = report.execution_id.as_deref().unwrap_or(&report.receipt);
    let id = Printable(id);
    match (&report.failure, report.verified) {
        (_, false) => format!("{BAD}not verified{BAD:#}: of {id}, {bad} of {all} checks failed\n"),
        (None, true) => format!("{GOOD}verified{GOOD:#}: {id}, all {all} checks hold\n"),
        (Some(failure), true) => format!(
            "{GOOD}verified{GOOD:#}: {id}, all {all} checks hold; the receipt records a failure, {}\n",
            Printable(&failure.code)
        ),
    }
}
