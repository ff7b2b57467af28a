//! Why a registry did not do what it was asked.

use std::error::Error as StdError;
use std::fmt;
use std::io::{self, ErrorKind};

use documents::ErrorCode;

use crate::error::Error;

/// A request without the answer that was asked for: one sentence, and what to do about it. Neither holds a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RemoteError {
    cause: Cause,
    message: String,
    hint: String,
}

/// The causes that a user treats differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The registry does not have it.
    Gone,
    /// The registry does not let this caller do it.
    Refused,
    /// There is no way to the registry now.
    Unreachable,
    /// The registry cannot do it now.
    Failing,
    /// What answers is no registry, or breaks the protocol.
    Protocol,
    /// A setting of this machine is wrong.
    Setting,
}

/// What rustls says of an answer that is none of TLS.
const NOT_TLS: &str = "InvalidContentType";

impl RemoteError {
    pub(super) fn new(cause: Cause, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            cause,
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// An answer that is not what the protocol promises.
    pub(super) fn protocol(host: &str, what: impl fmt::Display) -> Self {
        Self::new(
            Cause::Protocol,
            format!("{host} does not answer as a registry does: {what}"),
            "check the host and the port in the image's name",
        )
    }

    /// A wrong setting of this machine.
    pub(super) fn setting(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(Cause::Setting, message, hint)
    }

    /// A registry that says nothing for too long.
    pub(super) fn silent(host: &str) -> Self {
        Self::new(
            Cause::Unreachable,
            format!("{host} cannot be reached: it does not answer in time"),
            "check the network, then run it again",
        )
    }

    /// A request that got no whole answer. The URL, which may hold a signature, appears nowhere.
    pub(super) fn sending(host: &str, error: &reqwest::Error) -> Self {
        let unreachable =
            |what: &str, hint: &str| Self::new(Cause::Unreachable, format!("{host} {what}"), hint);
        let io = sources(error).find_map(|source| Some(source.downcast_ref::<io::Error>()?.kind()));
        if let Some(reason) = tls_reason(error) {
            if reason.contains(NOT_TLS) {
                return unreachable(
                    "does not speak HTTPS",
                    "give it a certificate: only registries on this machine (127.0.0.1, localhost) are asked by HTTP",
                );
            }
            return unreachable(
                &format!("cannot be trusted: {reason}"),
                "name a file with its CA certificates in SSL_CERT_FILE, or correct the clock",
            );
        }
        if sources(error).any(|source| source.to_string().starts_with("tunnel error: ")) {
            return unreachable(
                "cannot be reached through the proxy",
                "check HTTPS_PROXY, or name the host in NO_PROXY",
            );
        }
        if error.is_dns() {
            return unreachable(
                "cannot be reached: its name is not known",
                "check the host in the image's name and the network, then run it again",
            );
        }
        if io == Some(ErrorKind::ConnectionRefused) {
            return unreachable(
                "cannot be reached: it refuses the connection",
                "check the host and the port in the image's name, and that a registry runs there",
            );
        }
        if error.is_timeout() {
            return Self::silent(host);
        }
        let what = if error.is_connect() {
            "cannot be reached"
        } else {
            "cannot be reached: the connection broke"
        };
        unreachable(what, "check the network, then run it again")
    }

    pub(crate) const fn cause(&self) -> Cause {
        self.cause
    }

    /// What happened, without what to do about it.
    pub(crate) fn what(&self) -> &str {
        &self.message
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> &str {
        &self.hint
    }

    /// Whether the same may work later.
    pub(crate) const fn is_retryable(&self) -> bool {
        matches!(self.cause, Cause::Unreachable | Cause::Failing)
    }

    /// The same for a command, with its code.
    pub(crate) fn into_error(self, code: ErrorCode) -> Error {
        Error::new(code, self.message).hint(self.hint)
    }
}

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.message, self.hint)
    }
}

impl StdError for RemoteError {}

fn sources(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(error.source(), |error| (*error).source())
}

/// The reason of rustls, which stands inside of I/O errors whose `source` skips it.
fn tls_reason(error: &(dyn StdError + 'static)) -> Option<String> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(tls.to_string());
    }
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => tls_reason(wrapped),
        None => tls_reason(error.source()?),
    }
}
