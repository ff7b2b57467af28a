//! The HTTP client: TLS, proxies and time limits, all by the session's environment.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, NoProxy, Proxy};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use super::failure::RemoteError;
use crate::environment::Environment;
use crate::proxies;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// As OpenSSL calls it.
const CERTIFICATES: &str = "SSL_CERT_FILE";
const LARGEST_FILE: u64 = 16 * 1024 * 1024;

const MOST_REDIRECTS: usize = 5;

/// The clients for one session.
pub(super) struct Connection {
    /// For registries on this machine: without TLS, and never by a proxy.
    plain: Client,
    /// For all others, once it is needed: reading the CA certificates takes milliseconds.
    secure: Mutex<Option<Client>>,
    environment: Environment,
}

impl Connection {
    /// # Errors
    ///
    /// When no HTTP client can be made.
    pub(super) fn new(environment: &Environment) -> Result<Self, RemoteError> {
        Ok(Self {
            plain: client(RootCertStore::empty(), None)?,
            secure: Mutex::default(),
            environment: environment.clone(),
        })
    }

    /// The client for addresses with or without TLS.
    ///
    /// # Errors
    ///
    /// When `SSL_CERT_FILE` or the address of a proxy cannot be used.
    pub(super) fn client(&self, is_secure: bool) -> Result<Client, RemoteError> {
        if !is_secure {
            return Ok(self.plain.clone());
        }
        let mut made = self.secure.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = made.as_ref() {
            return Ok(client.clone());
        }
        let client = client(roots(&self.environment)?, proxy(&self.environment)?)?;
        *made = Some(client.clone());
        Ok(client)
    }
}

fn client(roots: RootCertStore, proxy: Option<Proxy>) -> Result<Client, RemoteError> {
    // reqwest's own set-up fails on a host without CA certificates
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| failed())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let builder = Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(Policy::custom(follow))
        .connect_timeout(CONNECT_TIMEOUT)
        .user_agent(concat!("counterfoil/", env!("CARGO_PKG_VERSION")))
        .no_proxy(); // those of this process
    let builder = proxy
        .into_iter()
        .fold(builder, |builder, proxy| builder.proxy(proxy));
    builder.build().map_err(|_| failed())
}

/// Blobs are often on another host; reqwest takes the credential out there. From TLS there is no way back.
fn follow(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let is_downgrade =
        attempt.url().scheme() != "https" && attempt.previous().iter().any(|url| url.scheme() == "https");
    if is_downgrade || attempt.previous().len() > MOST_REDIRECTS {
        attempt.stop()
    } else {
        attempt.follow()
    }
}

/// The proxy for HTTPS; a registry on this machine is never behind one.
fn proxy(environment: &Environment) -> Result<Option<Proxy>, RemoteError> {
    let variable = |names: [&str; 2]| {
        names.into_iter().find_map(|wanted| {
            let mut set = proxies::variables(environment);
            set.find(|(name, _)| *name == wanted)?.1.to_str()
        })
    };
    let address = variable(["HTTPS_PROXY", "https_proxy"]).or_else(|| variable(["ALL_PROXY", "all_proxy"]));
    let Some(address) = address else {
        return Ok(None);
    };
    let except = variable(["NO_PROXY", "no_proxy"]).and_then(NoProxy::from_string);
    match Proxy::https(address.trim()) {
        Ok(proxy) => Ok(Some(proxy.no_proxy(except))),
        Err(_) => Err(RemoteError::setting(
            "HTTPS_PROXY or ALL_PROXY is not the address of a proxy",
            "write it as http://HOST:PORT",
        )),
    }
}

/// Those of `SSL_CERT_FILE`, else the system's, else Mozilla's.
fn roots(environment: &Environment) -> Result<RootCertStore, RemoteError> {
    if let Some(path) = environment.get(CERTIFICATES) {
        return read_roots(&environment.path(path)).map_err(|what| {
            RemoteError::setting(
                format!("{CERTIFICATES} names a file {what}"),
                "give the path of a PEM file with CA certificates",
            )
        });
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    Ok(roots)
}

/// The CA certificates of a file; the error says what is wrong with it.
fn read_roots(path: &Path) -> Result<RootCertStore, &'static str> {
    let mut pem = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut pem))
        .map_err(|_| "that cannot be read")?;
    if pem.len() as u64 > LARGEST_FILE {
        return Err("of more than 16 MiB");
    }
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        certificate
            .ok()
            .and_then(|certificate| roots.add(certificate).ok())
            .ok_or("with a certificate that cannot be read")?;
    }
    if roots.is_empty() {
        return Err("without a certificate");
    }
    Ok(roots)
}

fn failed() -> RemoteError {
    RemoteError::setting(
        "the HTTP client cannot be made",
        "see what `counterfoil doctor` says",
    )
}
