//! Reading as much of an answer as the receipt needs; the answer itself is kept as it came.

use runtime::http::{Answer, Members, member};
use runtime::{ErrorCode, ProcessorError};
use serde_json::value::RawValue;

use crate::failure::Failure;
use crate::tier;
use crate::usage::Usage;

/// A longer name of a model is none.
const LONGEST_MODEL: usize = 256;

/// The facts of a chat completion.
#[derive(Debug)]
pub(crate) struct Completion {
    pub(crate) usage: Usage,
    /// As the answer names it; it may be another than the one that was asked: an alias, or a dated version.
    pub(crate) model: Option<String>,
    /// Whether it is paid at the list price, as far as it tells.
    pub(crate) has_usual_price: Option<bool>,
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
        })
    }
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
