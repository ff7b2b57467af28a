//! The HTTP client, which needs no file of the host.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use documents::ErrorCode;
use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use super::proxy;
use crate::config::Config;
use crate::error::ProcessorError;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Gateways add many lines; hyper's own limit is 100.
const MOST_HEADER_LINES: usize = 1_000;

/// As OpenSSL calls it.
const CERTIFICATES: &str = "SSL_CERT_FILE";
const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// A client for a service's API. Make it when it is needed, never in mock mode.
///
/// It trusts Mozilla's CA certificates, which are part of the binary, or only those of the PEM file (RFC 7468) in `SSL_CERT_FILE`.
/// It follows no redirect, so that a credential goes nowhere else. It honours `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and
/// `NO_PROXY`, as variables or as files in `SECRETS_DIR`, and redacts their users and passwords from here on. It asks for bodies without compression, and accepts up to 1,000
/// header lines. Connecting may take 10 seconds; only the run's deadline limits the rest, see [`Config::block_on`].
///
/// # Errors
///
/// `ERR_USAGE` that names `SSL_CERT_FILE`, when its certificates cannot be used; `ERR_PROCESSOR` when TLS cannot be set up.
pub fn client(config: &Config) -> Result<Client, ProcessorError> {
    client_builder(config)?
        .build()
        .map_err(|error| failed(error.without_url()))
}

/// The builder of [`client`], for those who need another setting.
///
/// # Errors
///
/// Those of [`client`].
pub fn client_builder(config: &Config) -> Result<ClientBuilder, ProcessorError> {
    let proxies = proxy::from_secrets_dir(config)?;
    let roots = match config.setting(CERTIFICATES)? {
        None => RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(path) => read_roots(Path::new(&path)).map_err(|what| {
            ProcessorError::new(ErrorCode::Usage, format!("{CERTIFICATES} names a file {what}"))
        })?,
    };
    // reqwest's own set-up fails on a host without CA certificates
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let plain = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("identity"))]);
    let builder = Client::builder()
        .default_headers(plain)
        .http1_max_headers(MOST_HEADER_LINES)
        .tls_backend_preconfigured(tls)
        .redirect(Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .user_agent(concat!("counterfoil/", env!("CARGO_PKG_VERSION")));
    // the first one replaces those of the environment, which reqwest reads itself
    Ok(proxies.into_iter().fold(builder, ClientBuilder::proxy))
}

/// The CA certificates of a file; the error says what is wrong with it.
fn read_roots(path: &Path) -> Result<RootCertStore, String> {
    let mut pem = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut pem))
        .map_err(|error| format!("that cannot be read: {error}; give the path of a PEM file"))?;
    if pem.len() as u64 > LARGEST_FILE {
        return Err(format!(
            "of more than {LARGEST_FILE} bytes; give one of CA certificates alone"
        ));
    }
    let mut roots = RootCertStore::empty();
    for (number, certificate) in (1..).zip(CertificateDer::pem_slice_iter(&pem)) {
        certificate
            .ok()
            .and_then(|certificate| roots.add(certificate).ok())
            .ok_or_else(|| {
                format!("whose certificate {number} cannot be read; give CA certificates as PEM")
            })?;
    }
    if roots.is_empty() {
        return Err("without a certificate; give CA certificates as PEM".to_owned());
    }
    Ok(roots)
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> ProcessorError {
    ProcessorError::new(ErrorCode::Processor, "the HTTP client cannot be made").with_cause(error)
}
