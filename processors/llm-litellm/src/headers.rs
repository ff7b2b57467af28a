//! `params.headers`, `organization` and `project`: what a gateway or an account wants to see in the head of a request.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use runtime::{Config, ErrorCode, ProcessorError, http};
use serde_json::{Map, Value};

use crate::options::is_variable;
use crate::routes::is_providers_key;

const MOST_HEADERS: usize = 64;
const LONGEST_NAME: usize = 128;

/// <https://platform.openai.com/docs/api-reference/requesting-organization>
const ACCOUNT: [(&str, &str); 2] = [
    ("organization", "openai-organization"),
    ("project", "openai-project"),
];

/// Names that are not sent, each list with its reason; what ends in `-` is the beginning of names.
const REFUSED: [(&[&str], &str); 4] = [
    (
        &[
            "authorization",
            "proxy-authorization",
            "api-key",
            "x-api-key",
            "apikey",
            "x-goog-api-key",
        ],
        "the key goes into it; put the key into the variable of the model's provider, or into one that /params/api_key_env names",
    ),
    (
        &["cookie", "cookie2", "set-cookie", "set-cookie2"],
        "no cookies are sent; leave it out",
    ),
    (
        &[
            "host",
            "connection",
            "keep-alive",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "http2-settings",
            "expect",
            "proxy-",
        ],
        "it belongs to the connection and not to the request; leave it out",
    ),
    (
        &["content-", "accept-encoding", "range", "if-range"],
        "it tells of the body, which the processor makes and reads; leave it out",
    ),
];

/// Headers that the parameters ask for, with the parameter that each is from.
#[derive(Debug, Default)]
pub(crate) struct Headers(Vec<Header>);

#[derive(Debug)]
struct Header {
    name: HeaderName,
    place: String,
    value: Given,
}

#[derive(Debug)]
enum Given {
    Text(HeaderValue),
    /// The name of the secret that is the whole value.
    Secret(String),
}

impl Headers {
    /// Takes them out of the parameters; `null` is as if it was not there.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` that names the parameter or the header, and shows no value.
    pub(crate) fn take(params: &mut Map<String, Value>) -> Result<Self, ProcessorError> {
        let mut headers = Self::default();
        for (parameter, name) in ACCOUNT {
            if let Some(value) = params.shift_remove(parameter).filter(|value| !value.is_null()) {
                headers.add(
                    HeaderName::from_static(name),
                    format!("/params/{parameter}"),
                    &value,
                )?;
            }
        }
        let given = match params.shift_remove("headers") {
            None | Some(Value::Null) => return Ok(headers),
            Some(Value::Object(given)) if given.len() <= MOST_HEADERS => given,
            Some(_) => {
                return Err(wrong(
                    "/params/headers",
                    format!("is not an object of at most {MOST_HEADERS} names and texts"),
                ));
            }
        };
        for (name, value) in given {
            let (name, place) = read_name(&name)?;
            headers.add(name, place, &value)?;
        }
        Ok(headers)
    }

    fn add(&mut self, name: HeaderName, place: String, value: &Value) -> Result<(), ProcessorError> {
        if let Some(before) = self.0.iter().find(|header| header.name == name) {
            return Err(wrong(
                &place,
                format!("is given by {} too; leave one out", before.place),
            ));
        }
        let value = Given::read(value, &place)?;
        self.0.push(Header { name, place, value });
        Ok(())
    }

    /// The parameter that tells OpenAI whose account is meant, if there is one.
    pub(crate) fn account(&self) -> Option<&str> {
        let mut places = self.0.iter().map(|header| header.place.as_str());
        places.find(|place| !place.starts_with("/params/headers/"))
    }

    /// The headers as they are sent, with the secrets filled in.
    ///
    /// # Errors
    ///
    /// `ERR_MISSING_SECRET` that names the secret, where it is not set or no header can carry it.
    pub(crate) fn resolve(&self, config: &Config) -> Result<HeaderMap, ProcessorError> {
        let mut map = HeaderMap::new();
        for Header { name, place, value } in &self.0 {
            let mut value = match value {
                Given::Text(text) => text.clone(),
                Given::Secret(secret) => {
                    let value = config.optional_secret(secret)?.ok_or_else(|| {
                        ProcessorError::new(
                            ErrorCode::MissingSecret,
                            format!("the secret {secret}, which {place} names, is not set; set it, and name it in the registry entry"),
                        )
                    })?;
                    http::credential(secret, &value)?
                }
            };
            value.set_sensitive(true); // texts too: nobody knows what they are for
            map.insert(name.clone(), value);
        }
        Ok(map)
    }
}

impl Given {
    fn read(value: &Value, place: &str) -> Result<Self, ProcessorError> {
        if let Value::String(text) = value {
            return match HeaderValue::from_bytes(text.as_bytes()) {
                Ok(value) if !text.chars().any(char::is_control) => Ok(Self::Text(value)),
                Ok(_) | Err(_) => Err(wrong(place, "holds a character that an HTTP header cannot carry")),
            };
        }
        let secret = value
            .as_object()
            .filter(|fields| fields.len() == 1)
            .and_then(|fields| fields.get("$secret")?.as_str())
            .ok_or_else(|| wrong(place, r#"is neither a text nor {"$secret":"NAME"}"#))?;
        if !is_variable(secret) {
            return Err(wrong(
                place,
                "does not name a secret, such as MY_GATEWAY_KEY; put the secret itself into that variable",
            ));
        }
        match is_providers_key(secret) {
            true => Err(wrong(
                place,
                "names a provider's own key, which goes into no other header; use a secret of your own",
            )),
            false => Ok(Self::Secret(secret.to_owned())),
        }
    }
}

/// The name, and where it stands; one that is none is not shown.
fn read_name(given: &str) -> Result<(HeaderName, String), ProcessorError> {
    let name = HeaderName::from_bytes(given.as_bytes())
        .ok()
        .filter(|_| given.len() <= LONGEST_NAME)
        .ok_or_else(|| {
            wrong(
                "/params/headers",
                "has a name that is not one of an HTTP header; give one such as X-Team",
            )
        })?;
    let place = format!("/params/headers/{}", given.replace('~', "~0"));
    let read = name.as_str().replace('_', "-"); // as many servers read it
    let is_one_of = |refused: &&str| match refused.ends_with('-') {
        true => read.starts_with(refused),
        false => read == *refused,
    };
    match REFUSED.iter().find(|(names, _)| names.iter().any(is_one_of)) {
        Some((_, reason)) => Err(wrong(&place, format!("is not sent, as {reason}"))),
        None => Ok((name, place)),
    }
}

fn wrong(place: &str, what: impl std::fmt::Display) -> ProcessorError {
    ProcessorError::new(ErrorCode::Inputs, format!("{place} {what}"))
}
