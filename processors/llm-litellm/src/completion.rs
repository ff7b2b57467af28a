//! Reads what the receipt needs from an answer. The answer itself is stored as it came.

use reqwest::header::CONTENT_TYPE;
use runtime::http::lenient_json::{self, Repaired};
use runtime::http::{Answer, Members, member};
use runtime::{Body, ErrorCode, ProcessorError};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::blank::is_blank;
use crate::charged;
use crate::failure::Failure;
use crate::hosted_tools::HostedTools;
use crate::native::document;
use crate::tier::{self, Tier};
use crate::usage::Usage;

/// A longer name of a model is ignored.
const LONGEST_MODEL: usize = 256;
/// A longer finish reason is ignored.
const LONGEST_REASON: usize = 64;
const NO_REASON: &str = "none";

/// Stands for the error of a choice that ended with an error, and no details.
const BROKEN_OFF: &[u8] = br#"{"error":{"type":"upstream_error"}}"#;

/// The facts of a chat completion.
#[derive(Debug)]
pub(crate) struct Completion {
    pub(crate) usage: Usage,
    /// The model that the answer names; it may differ from the requested one, which may be an alias of a dated version.
    pub(crate) model: Option<String>,
    /// The service tier, if it reports that.
    pub(crate) tier: Option<Tier>,
    pub(crate) tools: HostedTools,
    /// Why each choice ended, in the order of their indexes; `None` where it is unknown.
    pub(crate) finish_reasons: Vec<Option<String>>,
}

impl Completion {
    /// Reads an answer whose status is success.
    ///
    /// # Errors
    ///
    /// `ERR_PROVIDER_RESPONSE` for anything but a JSON object with a list of `choices`; the error that an answer reports. An
    /// answer that may be charged becomes the rejected answer of the error.
    pub(crate) fn parse(answer: &Answer) -> Result<Self, Failure> {
        let body = || Body::Bytes(answer.body.clone());
        let wrong = |what: &str| {
            let message = format!("the provider answered {} with {what}", answer.status.as_u16());
            let error = ProcessorError::new(ErrorCode::ProviderResponse, message);
            if answer.body.trim_ascii().is_empty() {
                return error;
            }
            error.with_rejected(body())
        };
        let mut repaired = Repaired::default();
        let members = lenient_json::read::<Members<'_>>(&answer.body, &mut repaired);
        let error = match &members {
            Ok(members) => failed_part(members),
            Err(_) => find_error(&answer.body),
        };
        if let Some(error) = error {
            let failure = Failure::from_error_body(answer.status, &error);
            return Err(charged::keep(failure, &answer.body));
        }
        let members = members.map_err(|position| {
            wrong(&if is_json(answer) {
                format!("JSON that cannot be read at {position}; ask again")
            } else {
                format!("something that is not a JSON object at {position}; check its address")
            })
        })?;
        let choices = members.get("choices");
        if !choices.is_some_and(|choices| choices.get().starts_with('[')) {
            return Err(wrong("no list of choices; check its address and the parameters").into());
        }
        Ok(Self {
            usage: members
                .get("usage")
                .map(|usage| Usage::parse(usage))
                .unwrap_or_default(),
            model: member::<String>(&members, "model")
                .filter(|model| !model.is_empty() && model.len() <= LONGEST_MODEL),
            tier: tier::served(&members),
            tools: HostedTools::parse(&members),
            finish_reasons: finish_reasons(&members),
        })
    }
}

/// `application/json`, or a type that ends in `+json`.
pub(crate) fn is_json(answer: &Answer) -> bool {
    let media_type = answer.headers.get(CONTENT_TYPE);
    let media_type = media_type.and_then(|value| value.to_str().ok());
    media_type.is_some_and(|value| value.to_ascii_lowercase().contains("json"))
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

/// The reasons in the form of the receipt: joined by commas, `none` for an unknown one.
pub(crate) fn joined(reasons: &[Option<String>]) -> String {
    if reasons.is_empty() {
        return NO_REASON.to_owned();
    }
    let each = reasons
        .iter()
        .map(|reason| reason.as_deref().unwrap_or(NO_REASON));
    each.collect::<Vec<_>>().join(",")
}

/// The index of a choice: a number, which may be in quotes; without one, its position in the list.
pub(crate) fn index(raw: Option<&RawValue>, position: u64) -> u64 {
    let index = raw.map(|raw| raw.get().trim_matches('"').parse());
    index.and_then(Result::ok).unwrap_or(position)
}

/// The part of an answer, or of a stream's chunk, that reports an error, as JSON.
pub(crate) fn find_error(json: &[u8]) -> Option<Vec<u8>> {
    let mut repaired = Repaired::default();
    if json.trim_ascii_start().starts_with(b"[") {
        // Gemini sends a list
        let list = lenient_json::read::<Vec<Members<'_>>>(json, &mut repaired).ok()?;
        return list.iter().find_map(failed_part);
    }
    failed_part(&lenient_json::read(json, &mut repaired).ok()?)
}

/// The error that the answer of a native API, or a chunk of one, reports in a member of its own, as JSON.
pub(crate) fn find_reported_error(json: &[u8]) -> Option<Vec<u8>> {
    let mut repaired = Repaired::default();
    let members: Members<'_> = match json.trim_ascii_start().first() {
        Some(b'[') => {
            let list = lenient_json::read::<Vec<Members<'_>>>(json, &mut repaired).ok()?;
            list.into_iter().find(|members| has_value(members, "error"))?
        }
        _ => lenient_json::read(json, &mut repaired).ok()?,
    };
    (has_value(&members, "error") || is(&members, "type", "error"))
        .then(|| readable(&members))
        .flatten()
}

/// An object as JSON that strict readers take, so that an odd value hides neither the code nor the message.
fn readable(members: &Members<'_>) -> Option<Vec<u8>> {
    let json = serde_json::to_vec(members).ok()?;
    let value = document::read(&json).ok()?;
    serde_json::to_vec(&value).ok()
}

fn failed_part(members: &Members<'_>) -> Option<Vec<u8>> {
    if is_error(members) {
        return readable(members);
    }
    let choices: Vec<Option<&RawValue>> = member(members, "choices").unwrap_or_default();
    choices.into_iter().flatten().find_map(|raw| {
        let choice: Members<'_> = serde_json::from_str(raw.get()).unwrap_or_default();
        // OpenRouter's report of a model that broke off
        if has_value(&choice, "error") {
            return readable(&choice);
        }
        is(&choice, "finish_reason", "error").then(|| BROKEN_OFF.to_vec())
    })
}

fn is_error(members: &Members<'_>) -> bool {
    has_value(members, "error")
        || is(members, "object", "error")
        || is(members, "type", "error")
        || members
            .get("choices")
            .is_none_or(|choices| choices.get() == "null")
            && is_bare_error(members)
}

/// Whether an object is an error by its message alone, unless it has another type.
fn is_bare_error(members: &Members<'_>) -> bool {
    let has_code = ["code", "status", "status_code"]
        .iter()
        .any(|name| has_value(members, name));
    let object_type = ["type", "object"]
        .iter()
        .find_map(|name| member::<String>(members, name));
    let has_other_type = object_type.is_some_and(|name| !name.to_ascii_lowercase().contains("error"));
    let has_message = ["detail", "errors", "message", "msg"].iter().any(|name| {
        let value = member::<Value>(members, name);
        value.is_some_and(|value| (*name == "detail" || !value.is_object()) && !is_blank(&value))
    });
    has_message && (has_code || !has_other_type)
}

fn is(members: &Members<'_>, name: &str, text: &str) -> bool {
    member::<String>(members, name).is_some_and(|value| value == text)
}

/// Whether a member has a value, even one that cannot be read, such as half a character.
fn has_value(members: &Members<'_>, name: &str) -> bool {
    let value = members.get(name).map(|raw| serde_json::from_str(raw.get()));
    value.is_some_and(|value| !value.is_ok_and(|value| is_blank(&value)))
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
            let Completion { usage, model, .. } = parse(body).unwrap();
            assert!(usage.counts.is_empty() && model.is_none(), "{body}");
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
            let found: Vec<_> = completion.finish_reasons.iter().map(Option::as_deref).collect();
            assert_eq!(found, reasons, "{choices}");
        }
    }

    #[test]
    fn an_error_that_cannot_be_read_is_an_error() {
        for json in [r#"{"error":{"message":"\ud83d"}}"#, r#"[{"error":1e400}]"#] {
            assert!(find_reported_error(json.as_bytes()).is_some(), "{json}");
        }
        for json in [r#"{"error":{"message":""}}"#, r#"{"x":"\ud83d"}"#] {
            assert_eq!(find_reported_error(json.as_bytes()), None, "{json}");
        }
    }

    #[test]
    fn other_answers_are_refused() {
        let bodies = r#"|null|[]|<html>|{}|{"choices":{}}|{"choices":[]|{"choices":[]} x"#;
        for body in bodies.split('|') {
            let error = parse(body).unwrap_err().error;
            assert_eq!(error.code(), ErrorCode::ProviderResponse, "{body}");
        }
        let failure = parse(r#"{"choices":[],"error":{"message":"no"}}"#).unwrap_err();
        assert_eq!(
            failure.error.message(),
            "the provider answered 200 with an error: no"
        );
    }
}
