//! Requests without a complete answer.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};

use documents::ErrorCode;

use super::{certificate, proxy};
use crate::error::ProcessorError;

/// The error of a request without a complete answer.
///
/// `ERR_PROVIDER_UNAVAILABLE` for a failure on the way, such as an unknown host, no connection, TLS, or an answer that broke off;
/// `ERR_PROVIDER_RESPONSE` for an answer that is not HTTP, and for a certificate that is not accepted; `ERR_PROVIDER_REJECTED` for a
/// proxy that requires authentication; `ERR_PROCESSOR` for a request that cannot be built. Of the URL only the host and port of such
/// a certificate appear, also in the log.
#[must_use]
pub fn send_error(error: reqwest::Error) -> ProcessorError {
    let tls = certificate::tls_error(&error);
    if let Some(rustls::Error::InvalidCertificate(refused)) = tls {
        return certificate::refused(refused, error.url()).with_cause(error.without_url());
    }
    let is_tls = tls.is_some();
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
    } else if is_tls {
        "no secure connection to the provider can be made; the log says why"
    } else if error.is_connect() {
        "the provider cannot be reached; check its address and the network"
    } else {
        "the connection broke before the provider's answer was complete; try again"
    };
    ProcessorError::new(ErrorCode::ProviderUnavailable, what).with_cause(error)
}

/// Whether an error of [`send_error`] says that no connection was made, so that the service has not seen the request. Another try
/// may find one where the code is retryable.
#[must_use]
pub fn is_unconnected(error: &ProcessorError) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref());
    cause.is_some_and(reqwest::Error::is_connect)
}

fn sources(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(error.source(), |error| (*error).source())
}
