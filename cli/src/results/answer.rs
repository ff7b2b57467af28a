//! The answer of a run in one cell: what a model said, else the files that it made.

use std::path::Path;

use documents::layout::OUTPUTS;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::cell::Cell;
use super::outputs::{Outputs, on_host};

/// The answers of services byte for byte, where `response.json` is another document.
const RECORDS: [&str; 2] = ["prediction.json", "native.json"];

/// The parts of an answer that are read: `choices` of a chat completion, or `result`.
#[derive(Default, Deserialize)]
struct Answer<'a> {
    #[serde(default, borrow)]
    choices: Option<Vec<Choice<'a>>>,
    #[serde(default, borrow)]
    result: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    /// A number, where the service says which choice it is.
    #[serde(default)]
    index: Value,
    #[serde(default, borrow)]
    message: Option<Message<'a>>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(default)]
    content: Option<Content>,
    #[serde(default)]
    refusal: Option<String>,
    #[serde(default, borrow)]
    tool_calls: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
    Other(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    text: Option<String>,
}

/// Finds it: the text of the first choice, what it refuses with, or the tools that it calls; else the paths of the files, a line each;
/// else the text of the result.
///
/// # Errors
///
/// A clause that says which output cannot be read.
pub(super) fn answer(outputs: &mut Outputs<'_>, dir: &Path) -> Result<Cell, String> {
    let parsed = outputs.response().map(serde_json::from_slice::<Answer<'_>>);
    let (choices, result) = match parsed {
        Some(Ok(answer)) => (answer.choices, answer.result.map(text_of)),
        Some(Err(_)) | None => (None, None),
    };
    if let Some(choices) = choices {
        let choices = (0..).zip(choices);
        let first = choices.min_by_key(|(at, choice)| choice.index.as_u64().unwrap_or(*at));
        let message = first.and_then(|(_, choice)| choice.message);
        return Ok(message.map_or(Cell::Empty, said));
    }
    let files = outputs.others()?.filter(|entry| !is_record(&entry.path));
    let paths: Vec<_> = files.map(|entry| on_host(&entry.path, dir)).collect();
    if paths.is_empty() {
        return Ok(result.unwrap_or_default());
    }
    Ok(Cell::Text(paths.join("\n")))
}

/// Whether an output repeats what a service said, beside the answer that was made of it.
fn is_record(path: &str) -> bool {
    let records = RECORDS.map(|name| format!("/{OUTPUTS}/{name}"));
    records.iter().any(|record| path.ends_with(record))
}

fn said(message: Message<'_>) -> Cell {
    let text = match message.content {
        Some(Content::Text(text)) => Some(text),
        Some(Content::Parts(parts)) => Some(parts.into_iter().filter_map(|part| part.text).collect()),
        Some(Content::Other(_)) | None => None,
    };
    match text.filter(|text| !text.is_empty()).or(message.refusal) {
        Some(text) => Cell::Text(text),
        None => message.tool_calls.map_or(Cell::Empty, Cell::of_json),
    }
}

/// A result that is a text, or came as a list of its pieces, is that text.
fn text_of(result: &RawValue) -> Cell {
    match serde_json::from_str::<Vec<String>>(result.get()) {
        Ok(pieces) => Cell::Text(pieces.concat()),
        Err(_) => Cell::of_json(result),
    }
}
