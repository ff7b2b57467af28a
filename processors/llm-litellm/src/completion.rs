//! Reading as much of an answer as the receipt needs; the answer itself is kept as it came.

use reqwest::header::CONTENT_TYPE;
use runtime::http::{Answer, Members, member};
use runtime::{Body, ErrorCode, ProcessorError};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::failure::Failure;
use crate::lenient::{self, Mended};
use crate::tier;
use crate::usage::Usage;

/// A longer name of a model is none.
const LONGEST_MODEL: usize = 256;

/// A longer reason is none.
const LONGEST_REASON: usize = 64;
const NO_REASON: &str = "none";

/// What it means where a choice has ended by an error that nobody tells.
const BROKEN_OFF: &[u8] = br#"{"error":{"type":"upstream_error"}}"#;

/// The facts of a chat completion.
#[derive(Debug)]
pub(crate) struct Completion {
    pub(crate) usage: Usage,
    /// As the answer names it; it may be another than the one that was asked: an alias, or a dated version.
    pub(crate) model: Option<String>,
    /// Whether it is paid at the list price, as far as it tells.
    pub(crate) has_usual_price: Option<bool>,
    /// Why each choice ended, in the order of their indexes; `None` where it does not tell.
    pub(crate) finish_reasons: Vec<Option<String>>,
}

impl Completion {
    /// Reads an answer whose status tells of success.
    ///
    /// # Errors
    ///
    /// `ERR_PROVIDER_RESPONSE` for anything but a JSON object with a list of `choices`, and what one tells that tells of an
    /// error. What may have been paid for goes with it.
    pub(crate) fn parse(answer: &Answer) -> Result<Self, Failure> {
        let kept = || Body::Bytes(answer.body.clone());
        let wrong = |what: &str| {
            let message = format!("the provider answered {} with {what}", answer.status.as_u16());
            let error = ProcessorError::new(ErrorCode::ProviderResponse, message);
            match answer.body.trim_ascii().is_empty() {
                true => error,
                false => error.with_rejected(kept()),
            }
        };
        let mut mended = Mended::default();
        let members = lenient::read::<Members<'_>>(&answer.body, &mut mended);
        let error = match &members {
            Ok(members) => failed_part(members),
            Err(_) => error_in(&answer.body),
        };
        if let Some(error) = error {
            let failure = Failure::of_success(answer.status, &error);
            return Err(match members.is_ok_and(|members| is_paid(&members)) {
                true => failure.keeping(kept()),
                false => failure,
            });
        }
        let members = members.map_err(|position| match is_json(answer) {
            true => wrong(&format!("JSON that cannot be read at {position}; ask again")),
            false => wrong(&format!(
                "something that is no JSON object at {position}; check its address"
            )),
        })?;
        if !members
            .get("choices")
            .is_some_and(|choices| choices.get().starts_with('['))
        {
            return Err(wrong("no list of choices; check its address and the parameters").into());
        }
        Ok(Self {
            usage: members
                .get("usage")
                .map(|usage| Usage::of(usage))
                .unwrap_or_default(),
            model: member::<String>(&members, "model")
                .filter(|model| !model.is_empty() && model.len() <= LONGEST_MODEL),
            has_usual_price: tier::has_usual_price(&members),
            finish_reasons: finish_reasons(&members),
        })
    }
}

/// `application/json`, and what ends in `+json`.
fn is_json(answer: &Answer) -> bool {
    let kind = answer
        .headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.to_ascii_lowercase().contains("json"))
}

/// Whether an answer that tells of an error says what it has used, or has a content all the same.
fn is_paid(members: &Members<'_>) -> bool {
    let choices: Vec<Value> = member(members, "choices").unwrap_or_default();
    let mut contents = choices
        .iter()
        .filter_map(|choice| choice.pointer("/message/content"));
    says(members, "usage") || contents.any(|content| !is_silent(content))
}

fn finish_reasons(members: &Members<'_>) -> Vec<Option<String>> {
    let choices: Vec<Members<'_>> = member(members, "choices").unwrap_or_default();
    let mut reasons: Vec<_> = (0..)
        .zip(&choices)
        .map(|(position, choice)| {
            let reason = member::<String>(choice, "finish_reason")
                .filter(|reason| (1..=LONGEST_REASON).contains(&reason.len()));
            (index(choice.get("index").copied(), position), reason)
        })
        .collect();
    reasons.sort_by_key(|(index, _)| *index);
    reasons.into_iter().map(|(_, reason)| reason).collect()
}

/// The reasons as a receipt has them: joined by commas, `none` where there is none.
pub(crate) fn joined(reasons: &[Option<String>]) -> String {
    match reasons {
        [] => NO_REASON.to_owned(),
        reasons => {
            let each = reasons
                .iter()
                .map(|reason| reason.as_deref().unwrap_or(NO_REASON));
            each.collect::<Vec<_>>().join(",")
        }
    }
}

/// The index of a choice: a number, also as a text; its place in the list where it says none.
pub(crate) fn index(raw: Option<&RawValue>, position: u64) -> u64 {
    let told = raw.map(|raw| raw.get().trim_matches('"').parse());
    told.and_then(Result::ok).unwrap_or(position)
}

/// The part of an answer, or of a stream's chunk, that tells of an error, as JSON, if one does.
pub(crate) fn error_in(json: &[u8]) -> Option<Vec<u8>> {
    let mut mended = Mended::default();
    match json.trim_ascii_start().starts_with(b"[") {
        // as Gemini has it
        true => {
            let list = lenient::read::<Vec<Members<'_>>>(json, &mut mended).ok()?;
            list.iter().find_map(failed_part)
        }
        false => failed_part(&lenient::read(json, &mut mended).ok()?),
    }
}

fn failed_part(members: &Members<'_>) -> Option<Vec<u8>> {
    if is_error(members) {
        return serde_json::to_vec(members).ok();
    }
    let choices: Vec<Option<&RawValue>> = member(members, "choices").unwrap_or_default();
    choices.into_iter().flatten().find_map(|raw| {
        let choice: Members<'_> = serde_json::from_str(raw.get()).unwrap_or_default();
        // as OpenRouter tells that a model broke off
        match says(&choice, "error") {
            true => Some(raw.get().as_bytes().to_vec()),
            false => is(&choice, "finish_reason", "error").then(|| BROKEN_OFF.to_vec()),
        }
    })
}

fn is_error(members: &Members<'_>) -> bool {
    says(members, "error")
        || is(members, "object", "error")
        || is(members, "type", "error")
        || members
            .get("choices")
            .is_none_or(|choices| choices.get() == "null")
            && is_bare_error(members)
}

/// An error that is nothing but what it says, unless it calls itself something else.
fn is_bare_error(members: &Members<'_>) -> bool {
    let has_code = ["code", "status", "status_code"]
        .iter()
        .any(|name| says(members, name));
    let kind = ["type", "object"]
        .iter()
        .find_map(|name| member::<String>(members, name));
    let is_else = kind.is_some_and(|kind| !kind.to_ascii_lowercase().contains("error"));
    let said = ["detail", "errors", "message", "msg"].iter().any(|name| {
        let value = member::<Value>(members, name);
        value.is_some_and(|value| (*name == "detail" || !value.is_object()) && !is_silent(&value))
    });
    said && (has_code || !is_else)
}

fn is(members: &Members<'_>, name: &str, text: &str) -> bool {
    member::<String>(members, name).is_some_and(|value| value == text)
}

fn says(members: &Members<'_>, name: &str) -> bool {
    member::<Value>(members, name).is_some_and(|value| !is_silent(&value))
}

/// Whether there is nothing but null, false, zeros and what is empty.
fn is_silent(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(is) => !is,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.iter().all(is_silent),
        Value::Object(members) => members.values().all(is_silent),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> Result<Completion, Failure> {
        Completion::parse(&Answer {
            status: reqwest::StatusCode::OK,
            headers: Default::default(),
            body: body.into(),
        })
    }

    #[test]
    fn usage_and_model_are_read_leniently() {
        let completion = parse(
            r#"{"model":"a","choices":[],"model":"b","error":null,
                "usage":{"prompt_tokens":3,"total_tokens":1e400,"completion_tokens":2.0,"cost":1,"x":[]}}"#,
        )
        .unwrap();
        assert_eq!(completion.model.as_deref(), Some("b"));
        let usage: Vec<_> = completion.usage.counts.into_iter().collect();
        assert_eq!(
            usage,
            [("completion_tokens".into(), 2.0), ("prompt_tokens".into(), 3.0)]
        );
        for body in [
            r#"{"choices":[]}"#,
            r#"{"choices":[],"usage":null,"model":7}"#,
            r#"{"choices":[],"usage":{"prompt_tokens":"3","total_tokens":1e300}}"#,
        ] {
            let completion = parse(body).unwrap();
            assert!(
                completion.usage.counts.is_empty() && completion.model.is_none(),
                "{body}"
            );
        }
    }

    #[test]
    fn finish_reasons_are_in_the_order_of_the_choices() {
        for (choices, reasons) in [
            ("", vec![]),
            (r#"{"finish_reason":"stop"}"#, vec![Some("stop")]),
            (
                r#"{"index":2,"finish_reason":"length"},{"index":"0","finish_reason":"stop"},{"index":1,"finish_reason":null}"#,
                vec![Some("stop"), None, Some("length")],
            ),
            (
                r#"{"index":null,"finish_reason":""},{"index":-1,"finish_reason":"stop"},{}"#,
                vec![None, Some("stop"), None],
            ),
        ] {
            let completion = parse(&format!(r#"{{"choices":[{choices}]}}"#)).unwrap();
            let told: Vec<_> = completion.finish_reasons.iter().map(Option::as_deref).collect();
            assert_eq!(told, reasons, "{choices}");
        }
    }

    #[test]
    fn what_is_no_completion_is_refused() {
        for body in [
            "",
            "null",
            "[]",
            "<html>",
            r#"{"choices":[]"#,
            r#"{"choices":[]} x"#,
            "{}",
            r#"{"choices":{}}"#,
        ] {
            let error = parse(body).unwrap_err().error;
            assert_eq!(error.code(), ErrorCode::ProviderResponse, "{body}");
        }
        let error = parse(r#"{"choices":[],"error":{"message":"no"}}"#)
            .unwrap_err()
            .error;
        assert_eq!(error.message(), "the provider answered 200 with an error: no");
    }
}
