//! Requests without a complete answer.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};

use documents::ErrorCode;

use super::proxy;
use crate::error::ProcessorError;

/// The error of a request without a complete answer.
///
/// `ERR_PROVIDER_UNAVAILABLE` for a failure on the way, such as an unknown host, no connection, TLS, or an answer that broke off;
/// `ERR_PROVIDER_RESPONSE` for an answer that is not HTTP; `ERR_PROVIDER_REJECTED` for a proxy that requires authentication;
/// `ERR_PROCESSOR` for a request that cannot be built. The URL appears nowhere, not even in the log.
#[must_use]
pub fn send_error(error: reqwest::Error) -> ProcessorError {
    let error = error.without_url();
    if error.is_builder() {
        return ProcessorError::new(ErrorCode::Processor, "the request cannot be built").with_cause(error);
    }
    if sources(&error).any(|source| source.downcast_ref().is_some_and(hyper::Error::is_parse)) {
        let what = "the provider's answer is not HTTP; check its address";
        return ProcessorError::new(ErrorCode::ProviderResponse, what).with_cause(error);
    }
    let tunnel = sources(&error).find_map(|source| proxy::tunnel_error(&source.to_string()));
    if let Some(tunnel) = tunnel {
        return tunnel.with_cause(error);
    }
    let io = sources(&error).find_map(|source| Some(source.downcast_ref::<io::Error>()?.kind()));
    let what = if error.is_dns() {
        "the provider's host name is not known; check its address and the network"
    } else if io == Some(ErrorKind::ConnectionRefused) {
        "the provider refuses the connection; check its address, and that it runs there"
    } else if error.is_timeout() {
        "the provider could not be reached in time; check its address and the network"
    } else if is_tls(&error) {
        "no secure connection to the provider can be made; the log says why"
    } else if error.is_connect() {
        "the provider cannot be reached; check its address and the network"
    } else {
        "the connection broke before the provider's answer was complete; try again"
    };
    ProcessorError::new(ErrorCode::ProviderUnavailable, what).with_cause(error)
}

/// Whether an error of [`send_error`] says that no connection was made, so that the service has not seen the request.
#[must_use]
pub fn is_unconnected(error: &ProcessorError) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref());
    error.code() == ErrorCode::ProviderUnavailable && cause.is_some_and(reqwest::Error::is_connect)
}

fn sources(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(error.source(), |error| (*error).source())
}

/// TLS errors are wrapped in one or more I/O errors, whose `source` skips what they wrap.
fn is_tls(error: &(dyn StdError + 'static)) -> bool {
    if error.is::<rustls::Error>() {
        return true;
    }
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => is_tls(wrapped),
        None => error.source().is_some_and(is_tls),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_is_found_inside_of_io_errors() {
        let tls = io::Error::new(ErrorKind::InvalidData, rustls::Error::DecryptError);
        assert!(is_tls(&io::Error::other(io::Error::other(tls))));
        assert!(!is_tls(&io::Error::other("no TLS")));
        assert!(!is_tls(&io::Error::from(ErrorKind::ConnectionRefused)));
    }
}
