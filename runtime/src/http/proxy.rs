//! The proxy between this run and a service.

use documents::ErrorCode;

use crate::error::ProcessorError;

/// The proxy requires authentication (RFC 9110, section 15.5.8).
pub(super) fn authentication_required() -> ProcessorError {
    ProcessorError::new(
        ErrorCode::ProviderRejected,
        "the proxy answered 407, as it wants a user and a password (proxy authentication); put them into the address in HTTPS_PROXY \
         or HTTP_PROXY, as http://USER:PASSWORD@HOST:PORT",
    )
}

/// The error of a proxy, by the message of a connection's error: hyper's type for it is private.
pub(super) fn tunnel_error(message: &str) -> Option<ProcessorError> {
    match message.strip_prefix("tunnel error: ")? {
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
    fn a_proxy_that_is_in_the_way_is_named() {
        let error = tunnel_error("tunnel error: proxy authorization required").unwrap();
        assert_eq!(error.code(), ErrorCode::ProviderRejected);
        assert!(error.message().contains("407") && error.message().contains("HTTPS_PROXY"));
        let error = tunnel_error("tunnel error: unsuccessful").unwrap();
        assert_eq!(error.code(), ErrorCode::ProviderUnavailable);
        assert!(tunnel_error("tunnel error: io error establishing tunnel").is_none());
        assert!(tunnel_error("connection refused").is_none());
    }
}
