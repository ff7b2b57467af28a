//! Where the columns of the table are.
//!
//! A line never wraps because of its text. The execution id is always whole, because `show` takes it. A UUID leaves 44 of 80
//! columns: there the time has no year and no seconds, and a long reference loses its middle. In a pipe nothing is cut.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use documents::Mode;
use documents::receipt::Status;

use super::scan::Row;
use crate::quantity::duration;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// The columns of everything but the reference, the duration and the execution id, spaces included.
const WIDE: usize = "2026-11-24 01:02:03  error  ".len() + "  mock  ".len() + "  ".len();
const NARROW: usize = "11-24 01:02 err ".len() + " mock ".len() + " ".len();
/// A reference is not cut below this.
const SHORTEST_REF: usize = 9;

/// The widths that depend on the executions.
#[derive(Debug)]
pub(super) struct Layout {
    is_wide: bool,
    is_coloured: bool,
    processor_ref: usize,
    duration: usize,
}

impl Layout {
    pub(super) fn new(rows: &[Row], columns: Option<usize>, is_coloured: bool) -> Self {
        let (mut processor_ref, mut took, mut id) = (0, 0, 0);
        for row in rows {
            processor_ref = processor_ref.max(row.processor_ref.len());
            took = took.max(duration(row.duration_ms).len());
            id = id.max(row.execution_id.len());
        }
        let columns = columns.unwrap_or(usize::MAX);
        let rest = took + id;
        let is_wide = WIDE + processor_ref + rest <= columns;
        if !is_wide {
            let room = columns.saturating_sub(NARROW + rest).max(SHORTEST_REF);
            processor_ref = processor_ref.min(room);
        }
        Self {
            is_wide,
            is_coloured,
            processor_ref,
            duration: took,
        }
    }

    /// Writes a line, with its newline.
    pub(super) fn write(&self, row: &Row, line: &mut String) {
        let time = row.time.as_str();
        let (style, word) = match (row.status, self.is_wide) {
            (Status::Success, _) => (GOOD, "ok"),
            (Status::Error, true) => (BAD, "error"),
            (Status::Error, false) => (BAD, "err"),
        };
        let style = if self.is_coloured { style } else { Style::new() };
        let (date, clock, gap, status) = if self.is_wide {
            (time.get(..10), time.get(11..19), "  ", 5)
        } else {
            (time.get(5..10), time.get(11..16), " ", 3)
        };
        let _ = writeln!(
            line,
            "{date} {clock}{gap}{style}{word}{style:#}{:pad$}{gap}{:name$}{gap}{:4}{gap}{:>took$}{gap}{}",
            "",
            cut(&row.processor_ref, self.processor_ref),
            row.mode.map_or("-", Mode::as_str),
            duration(row.duration_ms),
            row.execution_id,
            date = date.unwrap_or_default(),
            clock = clock.unwrap_or_default(),
            pad = status - word.len(),
            name = self.processor_ref,
            took = self.duration,
        ); // writing to a String cannot fail
    }
}

/// Takes the middle out of a reference, which is ASCII; the version stays, as the end.
fn cut(text: &str, columns: usize) -> String {
    if text.len() <= columns {
        return text.to_owned();
    }
    let kept = columns.saturating_sub(1);
    let end = kept / 2;
    let start = text.get(..kept - end).unwrap_or_default();
    let end = text.get(text.len() - end..).unwrap_or_default();
    format!("{start}…{end}")
}

#[cfg(test)]
mod tests {
    use super::super::scan::Time;
    use super::*;

    fn row(processor_ref: &str, duration_ms: u64, status: Status) -> Row {
        Row {
            time: Time::parse("2026-11-24T01:02:03Z").unwrap(),
            status,
            mode: Some(Mode::Mock),
            processor_ref: processor_ref.into(),
            duration_ms,
            execution_id: "01933f5e-8a4b-7c21-9d3e-5f6a7b8c9d0e".into(),
        }
    }

    fn lines(rows: &[Row], columns: Option<usize>) -> Vec<String> {
        let layout = Layout::new(rows, columns, false);
        let write = |row| {
            let mut line = String::new();
            layout.write(row, &mut line);
            line.trim_end().to_owned()
        };
        rows.iter().map(write).collect()
    }

    #[test]
    fn a_pipe_gets_everything() {
        let rows = [
            row("llm/litellm@1", 3, Status::Success),
            row("replicate/generic@1", 61_000, Status::Error),
        ];
        assert_eq!(
            lines(&rows, None),
            [
                "2026-11-24 01:02:03  ok     llm/litellm@1        mock   3 ms  01933f5e-8a4b-7c21-9d3e-5f6a7b8c9d0e",
                "2026-11-24 01:02:03  error  replicate/generic@1  mock  1m01s  01933f5e-8a4b-7c21-9d3e-5f6a7b8c9d0e",
            ]
        );
    }

    #[test]
    fn eighty_columns_are_enough_for_uuids() {
        let rows = [
            row("llm/litellm@1", 3, Status::Success),
            row("replicate/generic@1", 999_000_000, Status::Error),
        ];
        assert_eq!(
            lines(&rows, Some(80)),
            [
                "11-24 01:02 ok  llm/litellm@1  mock    3 ms 01933f5e-8a4b-7c21-9d3e-5f6a7b8c9d0e",
                "11-24 01:02 err replica…eric@1 mock 277h30m 01933f5e-8a4b-7c21-9d3e-5f6a7b8c9d0e",
            ]
        );
    }
}
