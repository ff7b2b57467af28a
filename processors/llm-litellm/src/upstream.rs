//! The service: its address and its key.

use async_openai::config::Config as ClientConfig;
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use runtime::{Config, ErrorCode, ExposeSecret, ProcessorError, SecretString};

const KEY: &str = "OPENAI_API_KEY";
/// Where an address may be set, the first that is set counts.
const BASES: [&str; 2] = ["OPENAI_BASE_URL", "OPENAI_API_BASE"];
const DEFAULT_BASE: &str = "https://api.openai.com/v1";

/// Where a request goes, and what it proves itself with.
///
/// async-openai's own configuration reads the environment and sends organisation headers to whatever address is set.
pub(crate) struct Upstream {
    base: String,
    key: SecretString,
    headers: HeaderMap,
}

impl Upstream {
    /// # Errors
    ///
    /// `ERR_USAGE` and `ERR_MISSING_SECRET` that name the variable.
    pub(crate) fn of(config: &Config) -> Result<Self, ProcessorError> {
        let mut base = DEFAULT_BASE.to_owned();
        for name in BASES {
            if let Some(given) = config.setting(name)? {
                base = parse_base(name, &given)?;
                break;
            }
        }
        let key = config.secret(KEY)?;
        let headers = HeaderMap::from_iter([(AUTHORIZATION, bearer(&key)?)]);
        Ok(Self { base, key, headers })
    }
}

impl ClientConfig for Upstream {
    fn headers(&self) -> HeaderMap {
        self.headers.clone()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn query(&self) -> Vec<(&str, &str)> {
        Vec::new()
    }

    fn api_base(&self) -> &str {
        &self.base
    }

    fn api_key(&self) -> &SecretString {
        &self.key
    }
}

fn parse_base(name: &str, given: &str) -> Result<String, ProcessorError> {
    let wrong = |what: &str| ProcessorError::new(ErrorCode::Usage, format!("{name} {what}"));
    let url = Url::parse(given)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .ok_or_else(|| wrong("is not an http or https address such as https://api.openai.com/v1"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            "holds a user or a password; put the key into OPENAI_API_KEY",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("has a part after ? or #; leave it out"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Sends what is not ASCII as it is: servers compare bytes.
fn bearer(key: &SecretString) -> Result<HeaderValue, ProcessorError> {
    let key = key.expose_secret();
    let value = HeaderValue::from_bytes(format!("Bearer {key}").as_bytes());
    match value {
        Ok(mut value) if !key.chars().any(char::is_control) => {
            value.set_sensitive(true);
            Ok(value)
        }
        Ok(_) | Err(_) => Err(ProcessorError::new(
            ErrorCode::MissingSecret,
            format!("{KEY} holds a character that an HTTP header cannot carry; set it again"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_used_without_its_last_slashes() {
        for (given, base) in [
            ("https://api.example.com/v1", "https://api.example.com/v1"),
            ("http://127.0.0.1:4000//", "http://127.0.0.1:4000"),
            ("HTTPS://Example.com/a/", "https://example.com/a"),
        ] {
            assert_eq!(parse_base("OPENAI_BASE_URL", given).unwrap(), base);
        }
    }

    #[test]
    fn an_address_that_cannot_be_used_is_named_and_not_shown() {
        for given in [
            "api.example.com/v1",
            "ftp://api.example.com",
            "file:///etc/passwd",
            "https://",
            "https://me:hunter22@api.example.com",
            "https://hunter22@api.example.com",
            "https://api.example.com/v1?key=hunter22",
            "https://api.example.com/v1#x",
        ] {
            let error = parse_base("OPENAI_BASE_URL", given).unwrap_err();
            assert_eq!(error.code(), ErrorCode::Usage);
            assert!(error.message().starts_with("OPENAI_BASE_URL "), "{error}");
            assert!(!error.message().contains("hunter22"), "{error}");
        }
    }

    #[test]
    fn a_key_is_sent_byte_for_byte_or_not_at_all() {
        let value = bearer(&"sk-ö\"\\ x".into()).unwrap();
        assert_eq!(value.as_bytes(), "Bearer sk-ö\"\\ x".as_bytes());
        assert!(value.is_sensitive());
        for key in ["a\nb", "a\r\nX: y", "a\tb", "a\0b", "a\u{7f}", "a\u{85}b"] {
            let error = bearer(&key.into()).unwrap_err();
            assert_eq!(error.code(), ErrorCode::MissingSecret);
        }
    }
}
