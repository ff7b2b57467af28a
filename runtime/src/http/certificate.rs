//! Why the certificate of a service is not accepted, and what to do about it.

use std::error::Error as StdError;
use std::io;
use std::time::{Duration, UNIX_EPOCH};

use documents::ErrorCode;
use reqwest::Url;
use rustls::CertificateError;
use rustls::pki_types::UnixTime;

use crate::error::ProcessorError;

/// How webpki calls a certificate of `openssl req -x509`, which may sign others and so identifies no server. rustls passes it on as it is.
const IS_CA: &str = "CaUsedAsEndEntity";

/// How many of a certificate's names a message shows.
const SHOWN_NAMES: usize = 3;

/// The TLS error among the causes of an error. It is wrapped in one or more I/O errors, whose `source` skips what they wrap.
pub(super) fn tls_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    if let Some(tls) = error.downcast_ref() {
        return Some(tls);
    }
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => tls_error(wrapped),
        None => tls_error(error.source()?),
    }
}

/// The error of a certificate that is not accepted: `ERR_PROVIDER_RESPONSE`, as the next request would meet the same one.
pub(super) fn refused(certificate: &CertificateError, url: Option<&Url>) -> ProcessorError {
    let service = service(url);
    let why = match certificate {
        // a CA that was made anew has the name of the old one, and another key
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "is not trusted (it is self-signed, or of a private CA); put its CA into a PEM file and name that in SSL_CERT_FILE".to_owned()
        }
        CertificateError::Other(other) if other.to_string() == IS_CA => {
            "is that of a CA (CA:TRUE), which identifies no server; make one with `openssl req -x509 -addext \
             basicConstraints=critical,CA:FALSE` and name it in SSL_CERT_FILE"
                .to_owned()
        }
        CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => {
            "has no subjectAltName; make one with `-addext subjectAltName=DNS:<name>`, or `IP:<address>`".to_owned()
        }
        CertificateError::NotValidForNameContext { presented, .. } => format!(
            "is for another name{}; use that in the address, or a certificate for this one",
            names(presented)
        ),
        CertificateError::NotValidForName => {
            "is for another name; use that in the address, or a certificate for this one".to_owned()
        }
        CertificateError::ExpiredContext { time, not_after } => format!(
            "is out of date: it ended at {}, and the clock here says {}; renew it, or set the clock",
            date(*not_after),
            date(*time)
        ),
        CertificateError::NotValidYetContext { time, not_before } => format!(
            "is not valid yet: it begins at {}, and the clock here says {}; wait, or set the clock",
            date(*not_before),
            date(*time)
        ),
        other => format!("cannot be used ({other}); give the service another one"),
    };
    ProcessorError::new(
        ErrorCode::ProviderResponse,
        format!("the certificate of {service} {why}"),
    )
}

/// The host and the port that the address has: nothing of it that may be a secret.
fn service(url: Option<&Url>) -> String {
    match url.and_then(|url| Some((url.host_str()?, url.port()))) {
        Some((host, Some(port))) => format!("{host}:{port}"),
        Some((host, None)) => host.to_owned(),
        None => "the provider".to_owned(),
    }
}

/// The first names of a certificate, which come as `DnsName("api.example.com")`.
fn names(presented: &[String]) -> String {
    let bare = |name: &String| {
        let inner = name.split_once('(').map_or(name.as_str(), |(_, inner)| inner);
        inner.trim_end_matches(')').trim_matches('"').to_owned()
    };
    let mut names: Vec<_> = presented.iter().take(SHOWN_NAMES).map(bare).collect();
    if presented.len() > SHOWN_NAMES {
        names.push("...".to_owned());
    }
    format!(" ({})", names.join(", "))
}

fn date(time: UnixTime) -> String {
    // humantime knows no later year than 9999
    let time = Duration::from_secs(time.as_secs().min(253_402_300_799));
    humantime::format_rfc3339_seconds(UNIX_EPOCH + time).to_string()
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::ServerName;

    use super::*;

    #[test]
    fn tls_is_found_inside_of_io_errors() {
        let tls = io::Error::new(io::ErrorKind::InvalidData, rustls::Error::DecryptError);
        assert!(tls_error(&io::Error::other(io::Error::other(tls))).is_some());
        assert!(tls_error(&io::Error::other("no TLS")).is_none());
        assert!(tls_error(&io::Error::from(io::ErrorKind::ConnectionRefused)).is_none());
    }

    #[test]
    fn every_reason_has_a_way_out() {
        let url = Url::parse("https://user:hunter22@llm.example/v1?key=hunter22").ok();
        let at = |secs| UnixTime::since_unix_epoch(Duration::from_secs(secs));
        for (certificate, said) in [
            (
                CertificateError::NotValidYetContext {
                    time: at(0),
                    not_before: at(u64::MAX),
                },
                "llm.example is not valid yet: it begins at 9999-12-31T23:59:59Z, and the clock here says 1970-01-01T00:00:00Z; ",
            ),
            (
                CertificateError::NotValidForNameContext {
                    expected: ServerName::try_from("llm.example").unwrap(),
                    presented: Vec::new(),
                },
                "llm.example has no subjectAltName; ",
            ),
            (
                CertificateError::Revoked,
                "llm.example cannot be used (Revoked); ",
            ),
        ] {
            let error = refused(&certificate, url.as_ref());
            let expected = format!("the certificate of {said}");
            assert!(error.message().starts_with(&expected), "{error}");
            assert!(!error.code().is_retryable());
        }
    }
}
