//! Which platforms a manifest is for.

use oci_spec::image::{Arch, Os};
use serde::Deserialize;

use super::manifest::Manifest;
use super::platform::Platform;

/// What a manifest holds, as far as platforms go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// An index, with those of our platforms that it lists.
    Index(Vec<Platform>),
    /// One image; `None` if it is for a platform that is not ours.
    Image(Option<Platform>),
}

/// The part of an image's configuration that says what it runs on.
#[derive(Deserialize)]
pub(super) struct Configuration {
    architecture: Arch,
    os: Os,
}

impl Configuration {
    /// Reads the blob that a manifest calls its `config`.
    ///
    /// # Errors
    ///
    /// Says that it cannot be read.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(bytes).map_err(|_| "its configuration cannot be read".into())
    }

    pub(super) fn platform(&self) -> Option<Platform> {
        Platform::from_oci(&self.os, &self.architecture)
    }
}

impl Content {
    /// Of an index.
    ///
    /// # Errors
    ///
    /// Says that it cannot be read.
    pub(super) fn of_index(manifest: &Manifest) -> Result<Self, String> {
        let platforms = manifest.platforms()?;
        Ok(Self::Index(
            platforms.into_iter().map(|(platform, _)| platform).collect(),
        ))
    }

    /// All of our platforms that it is for.
    pub(crate) fn platforms(&self) -> Vec<Platform> {
        match self {
            Self::Index(platforms) => platforms.clone(),
            Self::Image(platform) => platform.iter().copied().collect(),
        }
    }
}
