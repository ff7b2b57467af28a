//! One request to a registry.

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};

use super::failure::RemoteError;
use crate::oci::repository::{Repository, is_loopback};

/// What to do with a repository, and so what to log in for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Access {
    Pull,
    Push,
}

impl Access {
    /// The actions of a scope (distribution's token authentication).
    pub(super) const fn actions(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Push => "pull,push",
        }
    }

    pub(super) const fn verb(self) -> &'static str {
        match self {
            Self::Pull => "read it",
            Self::Push => "write to it",
        }
    }
}

/// A request that can be sent several times.
#[derive(Clone, Debug)]
pub(super) struct Call<'a> {
    pub(super) repository: &'a Repository,
    pub(super) access: Access,
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// What an error calls the thing that is asked for.
    pub(super) subject: String,
    /// The largest answer that is read, in bytes.
    pub(super) largest: usize,
    /// Whether it is sent again after a failure on the way.
    pub(super) is_repeatable: bool,
}

/// An answer that should be short.
const LARGEST: usize = 4 * 1024 * 1024;

impl<'a> Call<'a> {
    /// A request of `/v2/<repository>/<path>`.
    pub(super) fn new(
        repository: &'a Repository,
        access: Access,
        method: Method,
        path: &str,
    ) -> Result<Self, RemoteError> {
        let text = format!("{}/v2/{}/{path}", base(repository), repository.path());
        Ok(Self {
            repository,
            access,
            method,
            url: Url::parse(&text)
                .map_err(|_| RemoteError::protocol(repository.host(), "its name makes no URL"))?,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            subject: repository.to_string(),
            largest: LARGEST,
            is_repeatable: true,
        })
    }

    pub(super) fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = subject.into();
        self
    }

    pub(super) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    pub(super) fn body(mut self, body: Bytes) -> Self {
        self.body = body;
        self
    }

    pub(super) const fn at_most(mut self, bytes: usize) -> Self {
        self.largest = bytes;
        self
    }

    /// Whether an address that the registry named is encrypted, or on this machine as the registry is.
    pub(super) fn is_safe(&self, url: &Url) -> bool {
        match url.scheme() {
            "https" => true,
            "http" => self.repository.is_loopback() && url.host_str().is_some_and(is_loopback),
            _ => false,
        }
    }

    /// Whether the request goes to the registry itself, and so may hold a credential: the address of an upload is the registry's
    /// choice, and may be on another host.
    pub(super) fn is_to_registry(&self) -> bool {
        Url::parse(&base(self.repository)).is_ok_and(|base| base.origin() == self.url.origin())
    }
}

/// Registries on this machine speak plain HTTP, as for docker.
fn base(repository: &Repository) -> String {
    let scheme = if repository.is_loopback() { "http" } else { "https" };
    format!("{scheme}://{}", repository.api_host())
}
