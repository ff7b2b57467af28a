//! The client, which needs no file of the host.

use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

use contracts::{ErrorCode, ProcessorError};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A client for a service's API. Make it when it is needed, never in mock mode.
///
/// It trusts Mozilla's CA certificates, which are part of the binary; it follows no redirect, so that a credential goes
/// nowhere else; it honours `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`. A connection has 10 seconds to be
/// made; for the rest the run's deadline counts, see [`Config::block_on`](crate::Config::block_on).
///
/// # Errors
///
/// `ERR_PROCESSOR`, when TLS cannot be set up.
pub fn client() -> Result<Client, ProcessorError> {
    client_builder()?
        .build()
        .map_err(|error| failed(error.without_url()))
}

/// What [`client`] builds, for those who need one thing different.
///
/// # Errors
///
/// `ERR_PROCESSOR`, when TLS cannot be set up.
pub fn client_builder() -> Result<ClientBuilder, ProcessorError> {
    let roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    // given to the client as it is: reqwest's own set-up fails on a host without CA certificates
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .user_agent(concat!("counterfoil/", env!("CARGO_PKG_VERSION"))))
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> ProcessorError {
    ProcessorError::new(ErrorCode::Processor, "the HTTP client cannot be made").with_cause(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_needs_nothing_of_the_host() {
        client().unwrap();
    }
}
