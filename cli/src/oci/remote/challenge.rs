//! How a registry wants to be logged in to: `WWW-Authenticate` (RFC 9110, section 11.6.1).

use http_auth::parse_challenges;
use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};

/// The first scheme of a registry's that is known here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    Basic,
    /// A token of this service.
    Bearer {
        realm: String,
        service: Option<String>,
    },
}

impl Challenge {
    pub(super) fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all(WWW_AUTHENTICATE).iter();
        let mut challenges = values
            .filter_map(|value| value.to_str().ok())
            .flat_map(Self::parse);
        challenges.next()
    }

    fn parse(text: &str) -> Vec<Self> {
        let challenges = parse_challenges(text).unwrap_or_default().into_iter();
        let known = challenges.filter_map(|challenge| {
            let param = |name: &str| {
                let mut params = challenge.params.iter();
                let (_, value) = params.find(|(param, _)| param.eq_ignore_ascii_case(name))?;
                Some(value.to_unescaped())
            };
            if challenge.scheme.eq_ignore_ascii_case("bearer") {
                return Some(Self::Bearer {
                    realm: param("realm")?,
                    service: param("service"),
                });
            }
            challenge
                .scheme
                .eq_ignore_ascii_case("basic")
                .then_some(Self::Basic)
        });
        known.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes() {
        let bearer = |service: Option<&str>| Challenge::Bearer {
            realm: "https://h/token".into(),
            service: service.map(str::to_owned),
        };
        for (text, expected) in [
            (
                r#"Bearer realm="https://h/token",service="h",scope="x""#,
                Some(bearer(Some("h"))),
            ),
            (r#"bearer Realm="https://h/token""#, Some(bearer(None))),
            (r#"Basic realm="Registry""#, Some(Challenge::Basic)),
            (r#"Digest realm="x", Basic realm="y""#, Some(Challenge::Basic)),
            (r#"Bearer service="h""#, None),
            ("Negotiate", None),
            ("\"", None),
        ] {
            let headers = HeaderMap::from_iter([(WWW_AUTHENTICATE, text.parse().unwrap())]);
            assert_eq!(Challenge::from_headers(&headers), expected, "{text}");
        }
    }
}
