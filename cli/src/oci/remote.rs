//! A registry at the other end of the network, by the OCI distribution specification.
//!
//! Registries on this machine speak HTTP, all others HTTPS. Logins are those of `docker login` and `podman login`.

mod answer;
mod blobs;
mod call;
mod challenge;
mod client;
mod connection;
mod exchange;
mod failure;
mod login;
mod manifests;
mod referrers;
#[cfg(test)]
mod tests;

use std::time::Duration;

use oci_spec::image::Digest;
use tokio::runtime::{Builder, Runtime};

use super::content::{Configuration, Content};
use super::manifest::Manifest;
use super::platform::Platform;
use super::reference::Reference;
use super::repository::Repository;
use crate::environment::Environment;
use client::Client;

pub(crate) use failure::{Cause, RemoteError};
pub(crate) use referrers::Referrers;

/// How long a registry may say nothing.
const SILENCE: Duration = Duration::from_secs(30);

/// All registries, as one session reaches them. Every call waits until it is done.
pub(crate) struct Remote {
    runtime: Runtime,
    client: Client,
}

impl Remote {
    /// Connects to nothing yet.
    ///
    /// # Errors
    ///
    /// When this process gets no HTTP client.
    pub(crate) fn new(environment: &Environment) -> Result<Self, RemoteError> {
        Self::with_silence(environment, SILENCE)
    }

    fn with_silence(environment: &Environment, silence: Duration) -> Result<Self, RemoteError> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|_| RemoteError::setting("this process gets no more files", "raise `ulimit -n`"))?;
        Ok(Self {
            runtime,
            client: Client::new(environment, silence)?,
        })
    }

    /// The manifest or index of a tag or a digest; its bytes are those of its digest.
    ///
    /// # Errors
    ///
    /// By cause, as for every call here.
    pub(crate) fn manifest(
        &self,
        repository: &Repository,
        reference: &Reference,
    ) -> Result<Manifest, RemoteError> {
        self.runtime
            .block_on(manifests::get(&self.client, repository, reference))
    }

    /// The digest of what a tag or a digest names; `None` if the registry does not have it.
    ///
    /// # Errors
    ///
    /// By cause.
    pub(crate) fn digest(
        &self,
        repository: &Repository,
        reference: &Reference,
    ) -> Result<Option<Digest>, RemoteError> {
        self.runtime
            .block_on(manifests::digest(&self.client, repository, reference))
    }

    /// Which platforms a manifest of this repository is for. Asks for the configuration if it is the manifest of one image.
    ///
    /// # Errors
    ///
    /// By cause.
    pub(crate) fn content(
        &self,
        repository: &Repository,
        manifest: &Manifest,
    ) -> Result<Content, RemoteError> {
        let wrong = |what: String| {
            RemoteError::protocol(
                repository.host(),
                format_args!("in {repository}@{}, {what}", manifest.digest),
            )
        };
        if manifest.is_index() {
            return Content::of_index(manifest).map_err(wrong);
        }
        let image = manifest.image().map_err(wrong)?;
        let bytes = self.blob(repository, image.config().digest())?;
        let configuration = Configuration::parse(&bytes).map_err(wrong)?;
        Ok(Content::Image(configuration.platform()))
    }

    /// The platforms whose manifest an index names and the registry does not have: whoever removes untagged images removes it.
    ///
    /// # Errors
    ///
    /// By cause.
    pub(crate) fn gone(
        &self,
        repository: &Repository,
        manifest: &Manifest,
    ) -> Result<Vec<Platform>, RemoteError> {
        if !manifest.is_index() {
            return Ok(Vec::new());
        }
        let named = manifest
            .platforms()
            .map_err(|what| RemoteError::protocol(repository.host(), what))?;
        let mut gone = Vec::new();
        for (platform, digest) in named {
            if self.digest(repository, &digest.into())?.is_none() {
                gone.push(platform);
            }
        }
        Ok(gone)
    }

    /// The bytes of a blob, checked against its digest; at most 1 GiB.
    ///
    /// # Errors
    ///
    /// By cause.
    pub(crate) fn blob(&self, repository: &Repository, digest: &Digest) -> Result<Vec<u8>, RemoteError> {
        self.runtime
            .block_on(blobs::get(&self.client, repository, digest))
    }

    /// Sends a blob unless the registry has it; returns whether it was sent.
    ///
    /// # Errors
    ///
    /// By cause.
    pub(crate) fn push_blob(
        &self,
        repository: &Repository,
        digest: &Digest,
        bytes: Vec<u8>,
    ) -> Result<bool, RemoteError> {
        self.runtime
            .block_on(blobs::push(&self.client, repository, digest, bytes.into()))
    }

    /// Sends a manifest or an index unless the tag or the digest names it already; returns whether it was sent.
    ///
    /// # Errors
    ///
    /// By cause.
    pub(crate) fn push_manifest(
        &self,
        repository: &Repository,
        reference: &Reference,
        media_type: &str,
        bytes: Vec<u8>,
    ) -> Result<bool, RemoteError> {
        self.runtime.block_on(manifests::push(
            &self.client,
            repository,
            reference,
            media_type,
            bytes.into(),
        ))
    }

    /// The manifests whose subject is this digest.
    ///
    /// # Errors
    ///
    /// By cause.
    pub(crate) fn referrers(
        &self,
        repository: &Repository,
        digest: &Digest,
    ) -> Result<Referrers, RemoteError> {
        self.runtime
            .block_on(referrers::get(&self.client, repository, digest))
    }
}
