//! `params.headers`, `organization` and `project`: the headers that a gateway or an account needs.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use runtime::{Config, ErrorCode, ProcessorError, http};
use serde_json::{Map, Value};

use crate::routes::is_provider_key;
use crate::variable::is_variable_name;

const MOST_HEADERS: usize = 64;
const LONGEST_NAME: usize = 128;

/// <https://platform.openai.com/docs/api-reference/requesting-organization>
const ACCOUNT: [(&str, &str); 2] = [
    ("organization", "openai-organization"),
    ("project", "openai-project"),
];

/// Headers that are not sent, each list with its reason; a name that ends in `-` is a prefix.
#[rustfmt::skip]
const REFUSED: [(&[&str], &str); 4] = [
    (&["authorization", "proxy-authorization", "api-key", "x-api-key", "apikey", "x-goog-api-key"],
     "the key goes into it; put the key into the variable of the model's provider, or into one that /params/api_key_env names"),
    (&["cookie", "cookie2", "set-cookie", "set-cookie2"],
     "no cookies are sent; leave it out"),
    (&["host", "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "http2-settings", "expect", "proxy-"],
     "it belongs to the connection and not to the request; leave it out"),
    (&["content-", "accept-encoding", "range", "if-range"],
     "it describes the body, which the processor makes and reads; leave it out"),
];

/// A header that lists what both the request and the caller need.
const LIST: HeaderName = HeaderName::from_static("anthropic-beta");

/// The headers that the parameters add to each request.
#[derive(Debug, Default)]
pub(crate) struct Headers(Vec<Header>);

#[derive(Debug)]
struct Header {
    name: HeaderName,
    /// The parameter that requests it.
    pointer: String,
    value: Source,
}

/// Where the value of a header comes from.
#[derive(Debug)]
enum Source {
    Literal(HeaderValue),
    /// The secret of this name, which is the whole value.
    Secret(String),
}

impl Headers {
    /// Takes the headers out of the parameters; `null` counts as absent.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` that names the parameter or the header, but never its value.
    pub(crate) fn take(params: &mut Map<String, Value>) -> Result<Self, ProcessorError> {
        let mut headers = Self::default();
        for (parameter, name) in ACCOUNT {
            if let Some(value) = params.shift_remove(parameter).filter(|value| !value.is_null()) {
                let pointer = format!("/params/{parameter}");
                headers.add(HeaderName::from_static(name), pointer, &value)?;
            }
        }
        let given = match params.shift_remove("headers") {
            None | Some(Value::Null) => return Ok(headers),
            Some(Value::Object(given)) if given.len() <= MOST_HEADERS => given,
            Some(_) => {
                let what = format!("is not an object of at most {MOST_HEADERS} names and strings");
                return Err(wrong("/params/headers", what));
            }
        };
        for (name, value) in given {
            let (name, pointer) = parse_name(&name)?;
            headers.add(name, pointer, &value)?;
        }
        Ok(headers)
    }

    fn add(&mut self, name: HeaderName, pointer: String, value: &Value) -> Result<(), ProcessorError> {
        if let Some(other) = self.0.iter().find(|header| header.name == name) {
            let what = format!("is given by {} too; leave one out", other.pointer);
            return Err(wrong(&pointer, what));
        }
        let value = Source::parse(value, &pointer)?;
        self.0.push(Header { name, pointer, value });
        Ok(())
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The JSON pointer of the parameter that selects an account at OpenAI, if there is one.
    pub(crate) fn account_pointer(&self) -> Option<&str> {
        let mut pointers = self.0.iter().map(|header| header.pointer.as_str());
        pointers.find(|pointer| !pointer.starts_with("/params/headers/"))
    }

    /// The headers, with the secrets in their values.
    ///
    /// # Errors
    ///
    /// `ERR_MISSING_SECRET` that names the secret, if it is not set or a header cannot carry it.
    pub(crate) fn resolve(&self, config: &Config) -> Result<HeaderMap, ProcessorError> {
        let mut map = HeaderMap::new();
        for Header { name, pointer, value } in &self.0 {
            let mut value = match value {
                Source::Literal(value) => value.clone(),
                Source::Secret(secret) => {
                    let value = config.optional_secret(secret)?.ok_or_else(|| {
                        ProcessorError::new(
                            ErrorCode::MissingSecret,
                            format!("the secret {secret}, which {pointer} names, is not set; set it, and name it in the registry entry"),
                        )
                    })?;
                    http::credential(secret, &value)?
                }
            };
            value.set_sensitive(true); // a literal may be a secret, too
            map.insert(name.clone(), value);
        }
        Ok(map)
    }
}

impl Source {
    fn parse(value: &Value, pointer: &str) -> Result<Self, ProcessorError> {
        if let Value::String(literal) = value {
            return match HeaderValue::from_bytes(literal.as_bytes()) {
                Ok(value) if !literal.chars().any(char::is_control) => Ok(Self::Literal(value)),
                Ok(_) | Err(_) => Err(wrong(
                    pointer,
                    "holds a character that an HTTP header cannot carry",
                )),
            };
        }
        let secret = value
            .as_object()
            .filter(|fields| fields.len() == 1)
            .and_then(|fields| fields.get("$secret")?.as_str())
            .ok_or_else(|| wrong(pointer, r#"is neither a string nor {"$secret":"NAME"}"#))?;
        if !is_variable_name(secret) {
            return Err(wrong(
                pointer,
                "does not name a secret, such as MY_GATEWAY_KEY; put the secret itself into that variable",
            ));
        }
        if is_provider_key(secret) {
            return Err(wrong(
                pointer,
                "names a provider's own key, which goes into no other header; use a secret of your own",
            ));
        }
        Ok(Self::Secret(secret.to_owned()))
    }
}

/// The name and its JSON pointer. An invalid name is never shown.
fn parse_name(given: &str) -> Result<(HeaderName, String), ProcessorError> {
    let name = HeaderName::from_bytes(given.as_bytes())
        .ok()
        .filter(|_| given.len() <= LONGEST_NAME)
        .ok_or_else(|| {
            wrong(
                "/params/headers",
                "has a name that no HTTP header can have; give one such as X-Team",
            )
        })?;
    let pointer = format!("/params/headers/{}", given.replace('~', "~0"));
    let normalized = name.as_str().replace('_', "-"); // many servers treat both alike
    let is_match =
        |refused: &&str| normalized == *refused || refused.ends_with('-') && normalized.starts_with(refused);
    match REFUSED.iter().find(|(names, _)| names.iter().any(is_match)) {
        Some((_, reason)) => Err(wrong(&pointer, format!("is not sent, as {reason}"))),
        None => Ok((name, pointer)),
    }
}

fn wrong(pointer: &str, what: impl std::fmt::Display) -> ProcessorError {
    ProcessorError::new(ErrorCode::Inputs, format!("{pointer} {what}"))
}

/// The headers of both. Where both have one, the second counts, but lists are joined.
pub(crate) fn joined(mut headers: HeaderMap, others: HeaderMap) -> HeaderMap {
    let list = headers.get(LIST).zip(others.get(LIST));
    let list = list.map(|(one, other)| [one.as_bytes(), other.as_bytes()].join(&b","[..]));
    // `others` has each name once
    headers.extend(others);
    if let Some(Ok(list)) = list.map(|list| HeaderValue::from_bytes(&list)) {
        headers.insert(LIST, list);
    }
    headers
}
