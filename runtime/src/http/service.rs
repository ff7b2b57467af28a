//! A service's address and its key.

use documents::ErrorCode;
use reqwest::Url;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

use crate::config::Config;
use crate::error::ProcessorError;

/// The address of a service, without a slash at its end: the first of these settings that is set, or the default.
///
/// # Errors
///
/// `ERR_USAGE` that names the setting, when it is not UTF-8, not an http or https URL, or holds credentials, a query or a fragment.
pub fn base_url(config: &Config, settings: &[&str], default: &str) -> Result<String, ProcessorError> {
    for name in settings {
        if let Some(given) = config.setting(name)? {
            return parse_base_url(name, &given);
        }
    }
    Ok(default.to_owned())
}

/// Parses the address of a service; returns it without a slash at its end.
///
/// # Errors
///
/// `ERR_USAGE` that begins with `name`, as in [`base_url`].
pub fn parse_base_url(name: &str, given: &str) -> Result<String, ProcessorError> {
    let wrong = |what: &str| ProcessorError::new(ErrorCode::Usage, format!("{name} {what}"));
    let url = Url::parse(given)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .ok_or_else(|| wrong("is not an http or https address such as https://api.example.com/v1"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            "holds a user or a password; put the key into its own variable",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("has a part after ? or #; leave it out"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// The value of an `Authorization` header (RFC 6750) for the secret of this name.
///
/// # Errors
///
/// Those of [`credential`].
pub fn bearer(name: &str, key: &SecretString) -> Result<HeaderValue, ProcessorError> {
    credential(name, &format!("Bearer {}", key.expose_secret()).into())
}

/// The value of a header that is the secret of this name. It may hold any bytes that are not control characters.
///
/// # Errors
///
/// `ERR_MISSING_SECRET` that names it, when it holds a control character, such as a newline.
pub fn credential(name: &str, key: &SecretString) -> Result<HeaderValue, ProcessorError> {
    let key = key.expose_secret();
    match HeaderValue::from_bytes(key.as_bytes()) {
        Ok(mut value) if !key.chars().any(char::is_control) => {
            value.set_sensitive(true);
            Ok(value)
        }
        Ok(_) | Err(_) => Err(ProcessorError::new(
            ErrorCode::MissingSecret,
            format!("{name} holds a character that an HTTP header cannot carry; set it again"),
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
            assert_eq!(parse_base_url("OPENAI_BASE_URL", given).unwrap(), base);
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
            let error = parse_base_url("OPENAI_BASE_URL", given).unwrap_err();
            assert_eq!(error.code(), ErrorCode::Usage);
            assert!(error.message().starts_with("OPENAI_BASE_URL "), "{error}");
            assert!(!error.message().contains("hunter22"), "{error}");
        }
    }

    #[test]
    fn a_key_is_sent_byte_for_byte_or_not_at_all() {
        let value = bearer("KEY", &"sk-ö\"\\ x".into()).unwrap();
        assert_eq!(value.as_bytes(), "Bearer sk-ö\"\\ x".as_bytes());
        assert!(value.is_sensitive());
        for key in ["a\nb", "a\r\nX: y", "a\tb", "a\0b", "a\u{7f}", "a\u{85}b"] {
            let error = bearer("KEY", &key.into()).unwrap_err();
            assert_eq!(error.code(), ErrorCode::MissingSecret);
        }
    }
}
