//! One execution in the list, and how it is read.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use documents::receipt::{Receipt, Status};
use documents::{ExecutionId, Mode, ProcessorRef, WorldPath, is_code, layout};
use serde::{Deserialize, Serialize, Serializer};
use store::{Artifacts, ReadError};

use crate::spent::tokens;
use crate::state::{State, start};

/// A receipt is a few hundred bytes, and more only with what a provider adds; a file this large is not one.
pub(super) const LARGEST: usize = 1024 * 1024;

/// One execution, small: there may be very many. Fields in the order of `--json`.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) execution_id: Box<str>,
    pub(super) status: State,
    #[serde(serialize_with = "shared", skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<Arc<str>>,
    #[serde(serialize_with = "shared")]
    pub(super) processor_ref: Option<Arc<str>>,
    pub(super) mode: Option<Mode>,
    #[serde(serialize_with = "shared", skip_serializing_if = "Option::is_none")]
    pub(super) model: Option<Arc<str>>,
    #[serde(rename = "timestamp_utc")]
    pub(super) time: Option<Box<str>>,
    pub(super) duration_ms: Option<u64>,
    #[serde(rename = "total_tokens", skip_serializing_if = "Option::is_none")]
    pub(super) tokens: Option<f64>,
    #[serde(rename = "cost_usd", skip_serializing_if = "Option::is_none")]
    pub(super) cost: Option<f64>,
    #[serde(serialize_with = "shared", skip_serializing_if = "Option::is_none")]
    pub(super) plan_id: Option<Arc<str>>,
}

fn shared<S: Serializer>(text: &Option<Arc<str>>, serializer: S) -> Result<S::Ok, S::Error> {
    text.as_deref().serialize(serializer)
}

/// The fields of a receipt that a line shows.
#[derive(Deserialize)]
struct Shown<'a> {
    #[serde(borrow)]
    execution_id: Cow<'a, str>,
    #[serde(borrow)]
    processor_ref: Cow<'a, str>,
    #[serde(borrow)]
    timestamp_utc: Cow<'a, str>,
    duration_ms: u64,
    #[serde(default)]
    mode: Option<Mode>,
    status: Status,
    #[serde(default, borrow)]
    error: Option<Failed<'a>>,
    #[serde(default)]
    usage: Option<Used>,
    #[serde(default, borrow)]
    extra: Option<Extra<'a>>,
    #[serde(default, borrow)]
    plan_id: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    outputs_index: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Failed<'a> {
    #[serde(borrow)]
    code: Cow<'a, str>,
}

#[derive(Default, Deserialize)]
struct Used {
    cost_usd: Option<f64>,
    total_tokens: Option<f64>,
    prompt_tokens: Option<f64>,
    completion_tokens: Option<f64>,
    input_tokens: Option<f64>,
    output_tokens: Option<f64>,
}

impl Used {
    fn of(&self, name: &str) -> Option<f64> {
        match name {
            "total_tokens" => self.total_tokens,
            "prompt_tokens" => self.prompt_tokens,
            "completion_tokens" => self.completion_tokens,
            "input_tokens" => self.input_tokens,
            "output_tokens" => self.output_tokens,
            _ => None,
        }
    }
}

#[derive(Deserialize)]
struct Extra<'a> {
    #[serde(default, borrow)]
    model: Option<Cow<'a, str>>,
}

/// Texts that many executions have in common, each kept once.
#[derive(Default)]
pub(super) struct Texts(HashSet<Arc<str>>);

impl Texts {
    fn share(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let shared: Arc<str> = text.into();
        self.0.insert(shared.clone());
        shared
    }

    fn share_ref(&mut self, text: &str) -> Option<Arc<str>> {
        if let Some(known) = self.0.get(text).filter(|text| text.contains('@')) {
            return Some(known.clone());
        }
        ProcessorRef::parse(text).ok()?;
        Some(self.share(text))
    }
}

/// Reads one execution: `None` for a directory that is of none, or whose receipt cannot be read.
pub(super) fn read(
    artifacts: &dyn Artifacts,
    id: &ExecutionId,
    is_dir: bool,
    texts: &mut Texts,
    buffer: &mut [u8],
) -> Option<Row> {
    let bytes = match artifacts.read_small(&Receipt::global_path_of(id), buffer) {
        Err(ReadError::Missing) if is_dir => return Some(without_receipt(artifacts, id, texts)),
        read => read.ok()?,
    };
    if bytes.len() == LARGEST {
        return None;
    }
    let shown: Shown<'_> = serde_json::from_slice(bytes).ok()?;
    if shown.execution_id != id.as_str() || !is_time(&shown.timestamp_utc) {
        return None;
    }
    let usage = shown.usage.unwrap_or_default();
    let model = shown.extra.and_then(|extra| extra.model);
    let code = shown.error.map(|error| error.code).filter(|code| is_code(code));
    let local = || {
        let index = WorldPath::parse(shown.outputs_index.as_deref()?).ok()?;
        WorldPath::parse(&index.beside(layout::RECEIPT)).ok()
    };
    Some(Row {
        status: match shown.status {
            Status::Success => State::of_success(artifacts, id, local().as_ref()),
            Status::Error => State::of_failure(artifacts, id),
        },
        code: code.map(|code| texts.share(&code)),
        processor_ref: Some(texts.share_ref(&shown.processor_ref)?),
        mode: shown.mode,
        model: model.map(|model| texts.share(&model)),
        time: Some(shown.timestamp_utc.into()),
        duration_ms: Some(shown.duration_ms),
        tokens: tokens(|name| usage.of(name)),
        cost: usage.cost_usd,
        plan_id: shown.plan_id.map(|id| texts.share(&id)),
        execution_id: id.as_str().into(),
    })
}

/// What is known of a run that has left no receipt.
fn without_receipt(artifacts: &dyn Artifacts, id: &ExecutionId, texts: &mut Texts) -> Row {
    let start = start(artifacts, id);
    let start = start.as_ref();
    let time = start.map(|start| start.timestamp_utc.as_str());
    Row {
        execution_id: id.as_str().into(),
        status: State::without_receipt(artifacts, id),
        code: None,
        processor_ref: start.and_then(|start| texts.share_ref(&start.processor_ref)),
        mode: start.map(|start| start.mode),
        model: None,
        time: time.filter(|time| is_time(time)).map(Into::into),
        duration_ms: None,
        tokens: None,
        cost: None,
        plan_id: start.and_then(|start| Some(texts.share(start.plan_id.as_deref()?))),
    }
}

/// Whether a text is `YYYY-MM-DDTHH:MM:SSZ`, which sorts as it is.
pub(super) fn is_time(text: &str) -> bool {
    let form = "0000-00-00T00:00:00Z";
    text.len() == form.len()
        && text.bytes().zip(form.bytes()).all(|(byte, form)| match form {
            b'0' => byte.is_ascii_digit(),
            mark => byte == mark,
        })
}

#[cfg(test)]
mod tests {
    use super::is_time;

    #[test]
    fn times_have_one_form() {
        assert!(is_time("2026-11-24T01:02:03Z"));
        for bad in [
            "",
            "2026-11-24T01:02:03",
            "2026-11-24 01:02:03Z",
            "2026-11-24T01:02:\x1b[Z",
            "2026-11-24T01:02:03ZZ",
        ] {
            assert!(!is_time(bad), "{bad:?}");
        }
    }
}
