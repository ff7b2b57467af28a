//! Reading as much of an answer as the receipt needs; the answer itself is kept as it came.

use runtime::http::{Answer, Members, member};
use runtime::{ErrorCode, ProcessorError};
use serde_json::value::RawValue;

use crate::failure::Failure;
use crate::tier;
use crate::usage::Usage;

/// A longer name of a model is none.
const LONGEST_MODEL: usize = 256;

/// A longer reason is none.
const LONGEST_REASON: usize = 64;
const NO_REASON: &str = "none";

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
    /// `ERR_PROVIDER_RESPONSE` for anything but a JSON object with a list of `choices` and without an `error`.
    pub(crate) fn parse(answer: &Answer) -> Result<Self, Failure> {
        let status = answer.status.as_u16();
        let wrong = |what: &str| {
            ProcessorError::new(
                ErrorCode::ProviderResponse,
                format!("the provider answered {status} with {what}"),
            )
        };
        let members: Members<'_> = serde_json::from_slice(&answer.body).map_err(|error| {
            wrong("something that is not a JSON object; check its address").with_cause(Position::of(&error))
        })?;
        if is_error(&members) {
            return Err(Failure::of_success(answer.status, &answer.body));
        }
        let choices = members.get("choices").map(|choices| choices.get());
        if let Some(failed) = failed_choice(&members) {
            return Err(Failure::of_success(answer.status, failed.get().as_bytes()));
        }
        if !choices.is_some_and(|choices| choices.starts_with('[')) {
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

/// The part of a stream's chunk that tells of an error, if one does.
pub(crate) fn error_in(chunk: &[u8]) -> Option<&[u8]> {
    memchr::memmem::find(chunk, b"\"error\"")?; // most chunks are not read twice
    let members: Members<'_> = serde_json::from_slice(chunk).ok()?;
    match is_error(&members) {
        true => Some(chunk),
        false => failed_choice(&members).map(|choice| choice.get().as_bytes()),
    }
}

fn is_error(members: &Members<'_>) -> bool {
    members.get("error").is_some_and(|error| error.get() != "null")
}

/// A choice that is an error, as OpenRouter tells that a model broke off.
fn failed_choice<'a>(members: &Members<'a>) -> Option<&'a RawValue> {
    let choices: Vec<&RawValue> = member(members, "choices")?;
    choices.into_iter().find(|choice| {
        let choice: Members<'_> = serde_json::from_str(choice.get()).unwrap_or_default();
        is_error(&choice)
    })
}

/// Where reading ended; serde_json's own words can hold a piece of the answer.
#[derive(Debug, thiserror::Error)]
#[error("line {line} column {column} of the answer")]
struct Position {
    line: usize,
    column: usize,
}

impl Position {
    fn of(error: &serde_json::Error) -> Self {
        Self {
            line: error.line(),
            column: error.column(),
        }
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
            r#"{"choices":[],"error":{}}"#,
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
