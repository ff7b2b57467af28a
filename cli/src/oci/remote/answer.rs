//! What the status of a registry's answer means.

use reqwest::StatusCode;
use reqwest::header::{AsHeaderName, CONTENT_TYPE};
use serde::Deserialize;

use super::call::Call;
use super::exchange::Reply;
use super::failure::{Cause, RemoteError};

/// Errors as the distribution specification has them.
#[derive(Deserialize)]
struct Envelope {
    errors: Vec<Reported>,
}

#[derive(Deserialize)]
struct Reported {
    code: String,
}

impl Reply {
    /// The value of a header, if it is text.
    pub(super) fn header(&self, name: impl AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The answer itself if it has one of these statuses, else why it does not.
    pub(super) fn expecting(self, statuses: &[StatusCode], call: &Call<'_>) -> Result<Self, RemoteError> {
        if statuses.contains(&self.status) {
            return Ok(self);
        }
        Err(self.failure(call))
    }

    fn failure(&self, call: &Call<'_>) -> RemoteError {
        let host = call.repository.host();
        let status = self.status.as_u16();
        let code = self.code();
        let reason = code
            .as_ref()
            .map_or(status.to_string(), |code| format!("{status} {code}"));
        let later = "run it again later; the registry's status page may say more";
        match status {
            401 | 403 => RemoteError::new(
                Cause::Refused,
                format!("{host} refuses access to {} ({reason})", call.subject),
                format!(
                    "log in with `docker login {host}` as somebody who may {}",
                    call.access.verb()
                ),
            ),
            404 if code.is_some() || self.body.is_empty() => RemoteError::new(
                Cause::Gone,
                format!("{host} does not have {} ({reason})", call.subject),
                "check the name, and that it was pushed",
            ),
            407 => RemoteError::new(
                Cause::Unreachable,
                format!("{host} cannot be reached: the proxy wants a user and a password (407)"),
                "put them into the address in HTTPS_PROXY",
            ),
            408 | 429 => RemoteError::new(
                Cause::Failing,
                format!("{host} asks to slow down ({reason})"),
                later,
            ),
            500..=599 => RemoteError::new(Cause::Failing, format!("{host} fails ({reason})"), later),
            _ => RemoteError::protocol(host, format_args!("{} got {reason}{}", call.subject, self.form())),
        }
    }

    /// The first error code, which is a name; messages are not shown: they may quote what was sent.
    fn code(&self) -> Option<String> {
        let envelope: Envelope = serde_json::from_slice(&self.body).ok()?;
        let is_name = |code: &String| {
            (1..=40).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
        };
        envelope.errors.into_iter().map(|error| error.code).find(is_name)
    }

    fn form(&self) -> &'static str {
        let media_type = self.header(CONTENT_TYPE).unwrap_or_default();
        if media_type.starts_with("text/html") {
            " and a web page"
        } else {
            ""
        }
    }
}
