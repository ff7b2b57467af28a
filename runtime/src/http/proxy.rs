//! The proxy between this run and a service.

use percent_encoding::percent_decode_str;
use reqwest::Url;

use crate::config::Config;
use contracts::{ErrorCode, ProcessorError};

/// As curl and most programs read them.
const VARIABLES: [&str; 6] = [
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
];

/// A shorter user name stands in many texts.
const SHORTEST_USER: usize = 3;

/// Makes the users and passwords of proxies' addresses known to the redactor, for texts alone: no service is told them, and an output
/// may have the word `password` in it.
pub(super) fn hide(config: &Config) {
    for name in VARIABLES {
        let Some(address) = config.environment.get(name) else {
            continue;
        };
        for secret in credentials(&address.to_string_lossy()) {
            config.redactor.add_for_texts(name, &secret);
        }
    }
}

/// As they are written and as they are sent, one by one and together.
fn credentials(address: &str) -> Vec<String> {
    let address = address.trim();
    let url = Url::parse(address)
        .ok()
        .filter(|url| url.has_host())
        .or_else(|| Url::parse(&format!("http://{address}")).ok());
    let Some(url) = url else {
        return Vec::new();
    };
    let (user, password) = (url.username(), url.password().unwrap_or_default());
    let decoded = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let sent = format!("{}:{}", decoded(user), decoded(password));
    let mut all = vec![password.to_owned(), decoded(password)];
    if user.len() >= SHORTEST_USER {
        all.extend([user.to_owned(), decoded(user)]);
    }
    if sent.len() > 1 {
        all.push(sent);
    }
    all.retain(|secret| !secret.is_empty());
    all
}

/// A proxy does not let this run through as long as it does not prove who it is (RFC 9110, section 15.5.8).
pub(super) fn authentication_required() -> ProcessorError {
    ProcessorError::new(
        ErrorCode::ProviderRejected,
        "the proxy answered 407, as it wants a user and a password (proxy authentication); put them into the address in HTTPS_PROXY \
         or HTTP_PROXY, as http://USER:PASSWORD@HOST:PORT",
    )
}

/// What the words of a connection's error say about a proxy: hyper keeps its type to itself.
pub(super) fn tunnel_error(words: &str) -> Option<ProcessorError> {
    match words.strip_prefix("tunnel error: ")? {
        "proxy authorization required" => Some(authentication_required()),
        "unsuccessful" => Some(ProcessorError::new(
            ErrorCode::ProviderUnavailable,
            "the proxy makes no connection to the provider; check HTTPS_PROXY, and what it lets through, or name the host in NO_PROXY",
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_known_in_all_their_spellings() {
        for (address, expected) in [
            ("http://proxy:3128", &[][..]),
            ("proxy:3128", &[]),
            ("", &[]),
            (
                "http://alice:s%40fe@proxy:3128",
                &["s%40fe", "s@fe", "alice", "alice:s@fe"],
            ),
            ("alice:s3cret@proxy:3128", &["s3cret", "alice", "alice:s3cret"]),
            ("http://me:s3cret@proxy", &["s3cret", "me:s3cret"]),
            ("http://token@proxy", &["token", "token:"]),
        ] {
            let mut found = credentials(address);
            found.dedup();
            assert_eq!(found, expected, "{address}");
        }
    }

    #[test]
    fn a_proxy_that_is_in_the_way_is_told() {
        let error = tunnel_error("tunnel error: proxy authorization required").unwrap();
        assert_eq!(error.code(), ErrorCode::ProviderRejected);
        assert!(error.message().contains("407") && error.message().contains("HTTPS_PROXY"));
        let error = tunnel_error("tunnel error: unsuccessful").unwrap();
        assert_eq!(error.code(), ErrorCode::ProviderUnavailable);
        assert!(tunnel_error("tunnel error: io error establishing tunnel").is_none());
        assert!(tunnel_error("connection refused").is_none());
    }
}
