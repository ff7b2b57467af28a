//! Where the columns of the table are.
//!
//! A line never wraps because of its text. The execution id is always whole, because `show` takes it. A UUID leaves 44 of 80
//! columns: there the time has no year and no seconds, a long reference loses its middle, and code, cost and model are there as far
//! as they fit. In a pipe nothing is left out. A column that no execution has is not there.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use documents::Mode;
use unicode_width::UnicodeWidthStr as _;

use super::row::Row;
use crate::columns;
use crate::printable::Printable;
use crate::quantity::{duration, usd};
use crate::state::State;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const OPEN: Style = AnsiColor::Yellow.on_default();

/// The columns of everything that always has the same, spaces included.
const WIDE: usize = "2026-11-24 01:02:03  ".len() + "  mock  ".len() + "  ".len() + "  ".len();
const NARROW: usize = "11-24 01:02 ".len() + " mock ".len() + " ".len() + " ".len();
/// A reference is not cut below this.
const SHORTEST_REF: usize = 9;
/// A model's name is cut to this.
const LONGEST_MODEL: usize = 32;
/// What stands for what is not known.
const NONE: &str = "-";

/// The widths that depend on the executions; 0 for a column that is not there.
#[derive(Debug, Default)]
pub(super) struct Layout {
    is_wide: bool,
    is_coloured: bool,
    status: usize,
    code: usize,
    processor_ref: usize,
    model: usize,
    duration: usize,
    cost: usize,
}

impl Layout {
    pub(super) fn new(rows: &[Row], columns: Option<usize>, is_coloured: bool) -> Self {
        let mut id = 0;
        let (mut wide_status, mut narrow_status) =
            (word(State::Error, true).len(), word(State::Error, false).len());
        let mut all = Self {
            is_coloured,
            ..Self::default()
        };
        for row in rows {
            wide_status = wide_status.max(word(row.status, true).len());
            narrow_status = narrow_status.max(word(row.status, false).len());
            all.code = all.code.max(row.code.as_ref().map_or(0, |code| code.len()));
            all.processor_ref = all.processor_ref.max(text(row.processor_ref.as_deref()).len());
            all.model = all
                .model
                .max(row.model.as_deref().map_or(0, |name| model(name).width()));
            all.duration = all.duration.max(took(row).len());
            all.cost = all.cost.max(row.cost.map_or(0, |cost| dollars(cost).len()));
            id = id.max(row.execution_id.len());
        }
        let columns = columns.unwrap_or(usize::MAX);
        let added = |width: usize, gap: usize| if width > 0 { width + gap } else { 0 };
        let more = added(all.code, 2) + added(all.model, 2) + added(all.cost, 2);
        let rest = all.duration + id;
        if WIDE + wide_status + all.processor_ref + rest + more <= columns {
            return Self {
                is_wide: true,
                status: wide_status,
                ..all
            };
        }
        let fixed = NARROW + narrow_status + rest;
        let mut room = columns.saturating_sub(fixed + all.processor_ref.min(SHORTEST_REF));
        let mut fitting = |width: usize| {
            let needed = added(width, 1);
            if needed > room {
                return 0;
            }
            room -= needed;
            width
        };
        let (code, cost, model) = (fitting(all.code), fitting(all.cost), fitting(all.model));
        let left = columns.saturating_sub(fixed + added(code, 1) + added(cost, 1) + added(model, 1));
        Self {
            status: narrow_status,
            code,
            cost,
            model,
            processor_ref: all.processor_ref.min(left.max(SHORTEST_REF)),
            ..all
        }
    }

    /// Writes a line, with its newline.
    pub(super) fn write(&self, row: &Row, line: &mut String) {
        let style = match row.status {
            _ if !self.is_coloured => Style::new(),
            State::Success => GOOD,
            State::Error => BAD,
            _ => OPEN,
        };
        let word = word(row.status, self.is_wide);
        let time = row.time.as_deref().unwrap_or("----------T--------");
        let (date, clock, gap) = if self.is_wide {
            (time.get(..10), time.get(11..19), "  ")
        } else {
            (time.get(5..10), time.get(11..16), " ")
        };
        let (date, clock) = (date.unwrap_or_default(), clock.unwrap_or_default());
        let pad = self.status - word.len();
        // writing to a String cannot fail
        let _ = write!(line, "{date} {clock}{gap}{style}{word}{style:#}{:pad$}{gap}", "");
        if self.code > 0 {
            let _ = write!(line, "{:1$}{gap}", text(row.code.as_deref()), self.code);
        }
        let processor_ref = cut(text(row.processor_ref.as_deref()), self.processor_ref);
        let mode = row.mode.map_or(NONE, Mode::as_str);
        let _ = write!(line, "{processor_ref:0$}{gap}{mode:4}{gap}", self.processor_ref);
        if self.model > 0 {
            let name = row.model.as_deref().map_or(NONE.to_owned(), model);
            let _ = write!(line, "{}{gap}", columns::padded(&name, self.model));
        }
        let _ = write!(line, "{:>1$}{gap}", took(row), self.duration);
        if self.cost > 0 {
            let cost = row.cost.map_or(NONE.to_owned(), dollars);
            let _ = write!(line, "{cost:>0$}{gap}", self.cost);
        }
        line.push_str(&row.execution_id);
        line.push('\n');
    }
}

const fn word(state: State, is_wide: bool) -> &'static str {
    match state {
        State::Success => "ok",
        State::Error if is_wide => "error",
        State::Error => "err",
        State::Running => "running",
        State::Unfinished => "unfinished",
        State::UnknownWhetherPaid => "paid?",
    }
}

fn text(text: Option<&str>) -> &str {
    text.unwrap_or(NONE)
}

fn took(row: &Row) -> String {
    row.duration_ms.map_or(NONE.to_owned(), duration)
}

fn dollars(amount: f64) -> String {
    format!("${}", usd(amount))
}

fn model(name: &str) -> String {
    columns::cut(&Printable(name).to_string(), LONGEST_MODEL)
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
    use super::*;

    fn row(processor_ref: &str, duration_ms: u64, status: State) -> Row {
        Row {
            time: Some("2026-11-24T01:02:03Z".into()),
            status,
            code: None,
            mode: Some(Mode::Mock),
            model: None,
            processor_ref: Some(processor_ref.into()),
            duration_ms: Some(duration_ms),
            tokens: None,
            cost: None,
            plan_id: None,
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
            row("llm/litellm@1", 3, State::Success),
            row("replicate/generic@1", 61_000, State::Error),
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
            row("llm/litellm@1", 3, State::Success),
            row("replicate/generic@1", 999_000_000, State::Error),
        ];
        assert_eq!(
            lines(&rows, Some(80)),
            [
                "11-24 01:02 ok  llm/litellm@1  mock    3 ms 01933f5e-8a4b-7c21-9d3e-5f6a7b8c9d0e",
                "11-24 01:02 err replica…eric@1 mock 277h30m 01933f5e-8a4b-7c21-9d3e-5f6a7b8c9d0e",
            ]
        );
    }

    #[test]
    fn code_cost_and_model_are_there_as_far_as_they_fit() {
        let line = |columns| {
            let mut ended = row("llm/litellm@1", 3, State::Error);
            ended.code = Some("ERR_TIMEOUT".into());
            ended.cost = Some(0.001_234);
            ended.model = Some("gpt\u{1b}".into());
            ended.execution_id = "q-00000000000000ab".into();
            let mut open = row("llm/litellm@1", 3, State::UnknownWhetherPaid);
            open.time = None;
            open.duration_ms = None;
            open.execution_id = "q-00000000000000ac".into();
            lines(&[ended, open], columns)
        };
        assert_eq!(
            line(None),
            [
                "2026-11-24 01:02:03  error  ERR_TIMEOUT  llm/litellm@1  mock  gpt\\u{1b}  3 ms  $0.0012  q-00000000000000ab",
                "---------- --------  paid?  -            llm/litellm@1  mock  -             -        -  q-00000000000000ac",
            ]
        );
        assert_eq!(
            line(Some(80)),
            [
                "11-24 01:02 err   ERR_TIMEOUT llm/litellm@1 mock 3 ms $0.0012 q-00000000000000ab",
                "----- ----- paid? -           llm/litellm@1 mock    -       - q-00000000000000ac",
            ]
        );
    }
}
