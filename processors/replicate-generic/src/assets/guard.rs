//! Restricts downloads to public addresses: a model may name any host, including this machine and its network.

use std::error::Error as StdError;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, Url};
use runtime::{Config, ErrorCode, ProcessorError, http};

use super::public_ip::{is_loopback, is_public};

/// The longest silence of a server before the download is retried.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) const NOT_PUBLIC: &str = "is not at a public address, and files come from nowhere else";

/// Decides which hosts downloads may connect to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guard {
    /// This machine too, and without TLS.
    pub(super) allows_loopback: bool,
}

/// The host has no public address.
#[derive(Debug, thiserror::Error)]
#[error("is not at a public address")]
pub(super) struct NotPublic;

impl Guard {
    /// A client that connects to no other addresses, whatever names resolve to. It uses no proxy, which would resolve names itself, and
    /// follows no redirects, so that each can be checked.
    ///
    /// # Errors
    ///
    /// Those of [`http::client`].
    pub(super) fn client(self, config: &Config) -> Result<Client, ProcessorError> {
        http::client_builder(config)?
            .no_proxy()
            .dns_resolver(self)
            .read_timeout(READ_TIMEOUT)
            .build()
            .map_err(|error| {
                ProcessorError::new(ErrorCode::Processor, "the HTTP client cannot be made")
                    .with_cause(error.without_url())
            })
    }

    /// Checks what can be checked before the name is resolved: the scheme, and literal IP addresses.
    ///
    /// # Errors
    ///
    /// A message that says what is wrong.
    pub(super) fn check(self, url: &Url) -> Result<(), &'static str> {
        let address: Option<IpAddr> = url.host_str().and_then(|host| {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            host.parse().ok()
        });
        if address.is_some_and(|address| !self.allows(address)) {
            return Err(NOT_PUBLIC);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("has an address with a user or a password");
        }
        match url.scheme() {
            "https" => Ok(()),
            "http" if self.allows_loopback && (address.is_some() || url.host_str() == Some("localhost")) => {
                Ok(())
            }
            _ => Err("has an address that is not https, and files come from nowhere else"),
        }
    }

    fn allows(self, address: IpAddr) -> bool {
        is_public(address) || (self.allows_loopback && is_loopback(address))
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = *self;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|address| guard.allows(address.ip())).collect();
            if allowed.is_empty() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Whether a connection was refused because the host has no public address.
pub(super) fn is_refused(error: &reqwest::Error) -> bool {
    let mut sources = std::iter::successors(error.source(), |error| (*error).source());
    sources.any(|error| error.is::<NotPublic>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_not_public_are_refused_in_any_notation() {
        let guard = Guard {
            allows_loopback: false,
        };
        #[rustfmt::skip]
        let refused = [
            "https://127.0.0.1/a", "https://127.1/a", "https://2130706433/a", "https://0x7f.0.0.1/a", "https://0177.0.0.1/",
            "https://[::1]/a", "https://[::ffff:7f00:1]/a", "https://[64:ff9b::7f00:1]/a",
            "https://169.254.169.254/latest/meta-data", "https://10.0.0.1:8443/", "http://example.com/a",
            "http://127.0.0.1/a", "ftp://example.com/a", "https://me@example.com/a",
        ];
        for url in refused {
            assert!(guard.check(&Url::parse(url).unwrap()).is_err(), "{url}");
        }
        for url in [
            "https://example.com/a?x=1",
            "https://1.1.1.1/",
            "https://localhost/",
        ] {
            assert!(guard.check(&Url::parse(url).unwrap()).is_ok(), "{url}"); // a name is checked when it is resolved
        }
    }

    #[test]
    fn loopback_can_be_allowed_and_nothing_more() {
        let guard = Guard {
            allows_loopback: true,
        };
        for url in ["http://127.0.0.1:80/a", "http://localhost/a", "https://[::1]/a"] {
            assert!(guard.check(&Url::parse(url).unwrap()).is_ok(), "{url}");
        }
        for url in ["http://10.0.0.1/", "https://192.168.1.1/", "http://example.com/"] {
            assert!(guard.check(&Url::parse(url).unwrap()).is_err(), "{url}");
        }
    }
}
