//! The parameters that only this processor reads and never sends, with the names that LiteLLM's users know.

use std::time::Duration;

use runtime::{ErrorCode, ProcessorError};
use serde_json::{Map, Value};

use crate::headers::Headers;
use crate::variable::is_variable_name;

const DEFAULT_RETRIES: u32 = 2;
const MOST_RETRIES: u64 = 100;
const MOST_FALLBACKS: usize = 16;

/// How a request is made.
#[derive(Debug)]
pub(crate) struct Options {
    /// How many requests there may be after the first; 2 by default.
    pub(crate) num_retries: u32,
    /// How long one request may take.
    pub(crate) timeout: Option<Duration>,
    /// The models to ask if the first one fails, in this order.
    pub(crate) fallbacks: Vec<String>,
    /// Another address for the first model.
    pub(crate) api_base: Option<String>,
    /// The variable that holds the key for it.
    pub(crate) api_key_env: Option<String>,
    /// Whether to ask for chat completions where the service's own API is another.
    pub(crate) is_openai_compatible: bool,
    /// Further headers of the request.
    pub(crate) headers: Headers,
}

impl Options {
    /// Takes the options out of the parameters; `null` counts as absent.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` that names the parameter.
    pub(crate) fn take(params: &mut Map<String, Value>) -> Result<Self, ProcessorError> {
        let headers = Headers::take(params)?;
        let mut take = |name| params.shift_remove(name).filter(|value| !value.is_null());
        Ok(Self {
            headers,
            num_retries: take("num_retries").map_or(Ok(DEFAULT_RETRIES), |value| num_retries(&value))?,
            timeout: take("timeout").map(|value| timeout(&value)).transpose()?,
            fallbacks: take("fallbacks").map_or(Ok(Vec::new()), fallbacks)?,
            api_base: take("api_base")
                .map(|value| string(value, "api_base"))
                .transpose()?,
            api_key_env: take("api_key_env").map(api_key_env).transpose()?,
            is_openai_compatible: take("openai_compatible")
                .map_or(Ok(false), |value| boolean(&value, "openai_compatible"))?,
        })
    }
}

fn wrong(name: &str, what: impl std::fmt::Display) -> ProcessorError {
    ProcessorError::new(ErrorCode::Inputs, format!("/params/{name} {what}"))
}

fn num_retries(value: &Value) -> Result<u32, ProcessorError> {
    let count = value.as_u64().filter(|count| *count <= MOST_RETRIES);
    count.and_then(|count| count.try_into().ok()).ok_or_else(|| {
        let what = format!("is not a whole number from 0 to {MOST_RETRIES}");
        wrong("num_retries", what)
    })
}

fn timeout(value: &Value) -> Result<Duration, ProcessorError> {
    value
        .as_f64()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|timeout| !timeout.is_zero())
        .ok_or_else(|| wrong("timeout", "is not a number of seconds above 0"))
}

fn fallbacks(value: Value) -> Result<Vec<String>, ProcessorError> {
    let names: Vec<String> = serde_json::from_value(value).map_err(|_| {
        wrong(
            "fallbacks",
            r#"is not a list of models, such as ["groq/llama-3.1-8b-instant"]"#,
        )
    })?;
    if names.len() > MOST_FALLBACKS {
        let what = format!("names more than {MOST_FALLBACKS} models");
        return Err(wrong("fallbacks", what));
    }
    Ok(names)
}

fn string(value: Value, name: &str) -> Result<String, ProcessorError> {
    match value {
        Value::String(text) => Ok(text.trim().to_owned()),
        _ => Err(wrong(name, "is not a string")),
    }
}

fn boolean(value: &Value, name: &str) -> Result<bool, ProcessorError> {
    value
        .as_bool()
        .ok_or_else(|| wrong(name, "is neither true nor false"))
}

/// The error never repeats the value: somebody may have put the key itself there.
fn api_key_env(value: Value) -> Result<String, ProcessorError> {
    let name = string(value, "api_key_env")?;
    if !is_variable_name(&name) {
        return Err(wrong(
            "api_key_env",
            "is not the name of an environment variable, such as MY_API_KEY; put the key itself into that variable",
        ));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn take(mut params: Value) -> Result<(Options, Value), ProcessorError> {
        let options = Options::take(params.as_object_mut().unwrap())?;
        Ok((options, params))
    }

    #[test]
    fn they_are_taken_out() {
        let (options, rest) = take(json!({
            "num_retries": 0, "timeout": 1.5, "fallbacks": ["groq/a"], "api_base": " http://h/v1 ", "api_key_env": "MY_KEY_2", "user": "u",
        }))
        .unwrap();
        assert_eq!(rest, json!({"user": "u"}));
        assert_eq!(options.num_retries, 0);
        assert_eq!(options.timeout, Some(Duration::from_millis(1500)));
        assert_eq!(options.fallbacks, ["groq/a"]);
        assert_eq!(options.api_base.as_deref(), Some("http://h/v1"));
        assert_eq!(options.api_key_env.as_deref(), Some("MY_KEY_2"));
    }

    #[test]
    fn none_of_them_is_needed() {
        for params in [
            json!({}),
            json!({"num_retries": null, "timeout": null, "fallbacks": null}),
        ] {
            let (options, rest) = take(params).unwrap();
            assert_eq!(rest, json!({}));
            assert_eq!(options.num_retries, 2);
            assert_eq!(
                (options.timeout, options.api_base, options.api_key_env),
                (None, None, None)
            );
            assert!(options.fallbacks.is_empty());
        }
    }

    #[test]
    fn wrong_values_are_named_and_not_repeated() {
        for (name, values) in [
            ("num_retries", vec![json!(-1), json!(1.5), json!("2"), json!(101)]),
            ("timeout", vec![json!(0), json!(-1), json!("10"), json!(1e300)]),
            (
                "fallbacks",
                vec![
                    json!("groq/a"),
                    json!([{"model": "sk-secret"}]),
                    json!(vec!["a"; 17]),
                ],
            ),
            ("api_base", vec![json!(7)]),
            (
                "api_key_env",
                vec![json!("sk-secret-0123"), json!(""), json!("1A"), json!(["A"])],
            ),
        ] {
            for value in values {
                let error = take(json!({ name: value })).unwrap_err();
                assert_eq!(error.code(), ErrorCode::Inputs);
                let message = error.message();
                assert!(message.starts_with(&format!("/params/{name} ")), "{error}");
                assert!(!message.contains("secret"), "{error}");
            }
        }
    }
}
