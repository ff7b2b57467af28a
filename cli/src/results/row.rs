//! A row of the table, from the receipt and the outputs of a line.

use std::collections::BTreeMap;
use std::path::Path;

use documents::receipt::{Receipt, Status};
use documents::{ExecutionId, Failure};
use serde::Deserialize;
use store::{Artifacts, ReadError};

use super::answer::answer;
use super::cell::Cell;
use super::listing::Listed;
use super::outputs::Outputs;
use super::select::Select;
use crate::pointer;

/// A receipt is a few hundred bytes, and more only with what a provider adds; a file this large is not one.
pub(super) const LARGEST_RECEIPT: usize = 1024 * 1024;

/// Where the outputs of a batch are, and what is taken out of them.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) artifacts: &'a dyn Artifacts,
    /// The artifacts directory as the caller named it.
    pub(super) dir: &'a Path,
    pub(super) selects: &'a [Select],
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Success,
    Error,
    /// No receipt says anything of it.
    Left,
    /// Its receipt is there and cannot be read.
    Unreadable,
}

#[derive(Debug)]
pub(super) struct Row {
    pub(super) state: State,
    pub(super) code: Option<String>,
    pub(super) tokens: Option<f64>,
    pub(super) cost: Option<f64>,
    /// Whether a part of it is there and cannot be read.
    pub(super) is_unreadable: bool,
    /// In the order of the columns.
    pub(super) cells: Vec<Cell>,
}

/// What is read of a receipt.
#[derive(Deserialize)]
struct Seen {
    execution_id: String,
    status: Status,
    duration_ms: u64,
    #[serde(default)]
    outputs_index: Option<String>,
    #[serde(default)]
    usage: Option<BTreeMap<String, f64>>,
    #[serde(default)]
    error: Option<Failure>,
    #[serde(default)]
    extra: BTreeMap<String, String>,
}

impl State {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Error => "error",
            Self::Left => "left",
            Self::Unreadable => "unreadable",
        }
    }
}

impl Row {
    /// Reads what became of a line; `buffer` has room for a receipt.
    pub(super) fn read(listed: &Listed, source: Source<'_>, buffer: &mut [u8]) -> Self {
        let (mut state, mut problem) = (State::Left, None);
        let seen = match receipt(&listed.execution_id, source.artifacts, buffer) {
            Ok(seen) => seen,
            Err(why) => {
                (state, problem) = (State::Unreadable, Some(why));
                None
            }
        };
        let (mut said, mut selected) = (Cell::Empty, vec![Cell::Empty; source.selects.len()]);
        if let Some(seen) = &seen {
            state = match seen.status {
                Status::Success => State::Success,
                Status::Error => State::Error,
            };
            if state == State::Success {
                let index = seen.outputs_index.as_deref().unwrap_or_default();
                let outputs = Outputs::new(source.artifacts, index);
                let read = outputs.and_then(|mut outputs| {
                    said = answer(&mut outputs, source.dir)?;
                    selected = select(&mut outputs, source.selects)?;
                    Ok(())
                });
                problem = read.err();
            }
        }
        let usage = seen.as_ref().and_then(|seen| seen.usage.as_ref());
        let of = |names: [&str; 2]| {
            let usage = usage?;
            names.into_iter().find_map(|name| usage.get(name).copied())
        };
        let [prompt, completion] = [
            of(["prompt_tokens", "input_tokens"]),
            of(["completion_tokens", "output_tokens"]),
        ];
        let tokens = of(["total_tokens"; 2]).or_else(|| Some(prompt? + completion?));
        let cost = of(["cost_usd"; 2]);
        let number = |number: Option<f64>| number.map_or(Cell::Empty, Cell::number);
        let extra = |name: &str| Cell::from(seen.as_ref().and_then(|seen| seen.extra.get(name)));
        let error = seen.as_ref().and_then(|seen| seen.error.as_ref());
        let is_unreadable = problem.is_some();
        let cells = [
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
            seen.as_ref()
                .map_or(Cell::Empty, |seen| Cell::integer(seen.duration_ms)),
            error.map(|error| &error.code).into(),
            problem.or_else(|| Some(error?.message.clone())).into(),
            Cell::text(&listed.execution_id),
        ];
        Self {
            state,
            code: error.map(|error| error.code.clone()),
            tokens,
            cost,
            is_unreadable,
            cells: cells.into_iter().chain(selected).collect(),
        }
    }
}

/// The receipt of a line that has one.
fn receipt(id: &str, artifacts: &dyn Artifacts, buffer: &mut [u8]) -> Result<Option<Seen>, String> {
    let parsed = ExecutionId::parse(id).map_err(|error| format!("its execution id: {error}"))?;
    let path = Receipt::global_path_of(&parsed);
    let bytes = match artifacts.read_small(&path, buffer) {
        Ok(bytes) if bytes.len() < LARGEST_RECEIPT => bytes,
        Ok(_) => return Err(format!("{path} is too large for a receipt")),
        Err(ReadError::Missing) => return Ok(None),
        Err(error) => return Err(format!("{path} {error}")),
    };
    match serde_json::from_slice::<Seen>(bytes) {
        Ok(seen) if seen.execution_id == id => Ok(Some(seen)),
        Ok(_) => Err(format!("{path} is the receipt of another execution")),
        Err(error) => Err(format!("{path} is not a receipt: {error}")),
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
