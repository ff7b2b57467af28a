//! A row of the table, from the list of the batch, and the receipt and outputs of a line.

use std::path::Path;

use documents::receipt::Status;
use store::Artifacts;

use super::answer::answer;
use super::cell::Cell;
use super::line_state::{LineState, look};
use super::listing::Listed;
use super::outputs::Outputs;
use super::receipt::Seen;
use super::select::Select;
use crate::pointer;

/// Where the outputs of a batch are, and what is taken out of them.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) artifacts: &'a dyn Artifacts,
    /// The artifacts directory as the caller named it.
    pub(super) dir: &'a Path,
    pub(super) selects: &'a [Select],
    /// How many columns the batch's own rows have.
    pub(super) own: usize,
}

#[derive(Debug)]
pub(super) struct Row {
    pub(super) state: LineState,
    pub(super) code: Option<String>,
    pub(super) tokens: Option<f64>,
    pub(super) cost: Option<f64>,
    /// Whether it is a success in real mode.
    pub(super) was_paid: bool,
    /// Whether a part of it is there and cannot be read.
    pub(super) is_unreadable: bool,
    /// In the order of the columns.
    pub(super) cells: Vec<Cell>,
}

impl Row {
    /// Reads what became of a line; `buffer` has room for a receipt.
    pub(super) fn read(listed: &Listed, source: Source<'_>, buffer: &mut [u8]) -> Self {
        let (state, seen, mut problem) = match look(&listed.execution_id, source.artifacts, buffer) {
            Ok((state, seen)) => (state, seen, None),
            Err(why) => (LineState::Unreadable, None, Some(why)),
        };
        let seen = seen.as_ref();
        let (mut said, mut selected) = (Cell::Empty, vec![Cell::Empty; source.selects.len()]);
        if let Some(seen) = seen.filter(|seen| seen.status == Status::Success) {
            let index = seen.outputs_index.as_deref().unwrap_or_default();
            let outputs = Outputs::new(source.artifacts, index);
            let read = outputs.and_then(|mut outputs| {
                said = answer(&mut outputs, source.dir)?;
                selected = select(&mut outputs, source.selects)?;
                Ok(())
            });
            problem = read.err();
        }
        let used = |names: &[&str]| seen.and_then(|seen| seen.used(names));
        let prompt = used(&["prompt_tokens", "input_tokens"]);
        let completion = used(&["completion_tokens", "output_tokens"]);
        let tokens = used(&["total_tokens"]).or_else(|| Some(prompt? + completion?));
        let cost = used(&["cost_usd"]);
        let number = |number: Option<f64>| number.map_or(Cell::Empty, Cell::number);
        let extra = |name: &str| Cell::from(seen.and_then(|seen| seen.extra.get(name)));
        let error = seen.and_then(|seen| seen.error.as_ref());
        let is_unreadable = problem.is_some();
        let ours = [
            Cell::integer(listed.line),
            listed.label.as_ref().into(),
            Cell::text(state.name()),
            said,
            extra("model"),
            extra("finish_reason"),
            number(prompt),
            number(completion),
            number(tokens),
            number(cost),
            seen.map_or(Cell::Empty, |seen: &Seen| Cell::integer(seen.duration_ms)),
            error.map(|error| &error.code).into(),
            problem.or_else(|| Some(error?.message.clone())).into(),
            Cell::text(&listed.execution_id),
        ];
        let own = (0..source.own).map(|column| match listed.row.get(column) {
            Some(value) => Cell::of_json(value),
            None => Cell::Empty,
        });
        Self {
            state,
            code: error.map(|error| error.code.clone()),
            tokens,
            cost,
            was_paid: seen.is_some_and(Seen::was_paid),
            is_unreadable,
            cells: own.chain(ours).chain(selected).collect(),
        }
    }
}

/// What the pointers name: in `response.json`, else in the first other document that has it.
fn select(outputs: &mut Outputs<'_>, selects: &[Select]) -> Result<Vec<Cell>, String> {
    let mut cells: Vec<_> = selects
        .iter()
        .map(|select| find(outputs.response(), select))
        .collect();
    if cells.iter().any(Option::is_none) {
        let others = outputs.documents()?;
        for (cell, select) in cells.iter_mut().zip(selects).filter(|(cell, _)| cell.is_none()) {
            *cell = others.iter().find_map(|document| find(Some(document), select));
        }
    }
    Ok(cells.into_iter().map(Option::unwrap_or_default).collect())
}

fn find(document: Option<&[u8]>, select: &Select) -> Option<Cell> {
    pointer::find(document?, &select.pointer).map(Cell::of_json)
}
