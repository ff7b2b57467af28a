//! Content and the descriptor that names it.

use documents::ErrorCode;
use oci_spec::image::{Descriptor, Digest, MediaType};
use serde::Serialize;

use crate::error::Error;
use crate::oci::digest;

/// Bytes with their media type, digest and size.
#[derive(Clone, Debug)]
pub(crate) struct Blob {
    pub(crate) descriptor: Descriptor,
    pub(crate) bytes: Vec<u8>,
}

impl Blob {
    /// Names bytes by their digest.
    ///
    /// # Errors
    ///
    /// None that can happen: a hash always has the form of a digest.
    pub(crate) fn new(media_type: MediaType, bytes: Vec<u8>) -> Result<Self, Error> {
        let digest = digest::of(&bytes).map_err(|problem| internal(&problem))?;
        let descriptor = Descriptor::new(media_type, bytes.len() as u64, digest);
        Ok(Self { descriptor, bytes })
    }

    /// A document as canonical JSON (RFC 8785), so that the same content has the same digest on every machine.
    ///
    /// # Errors
    ///
    /// `ERR_IMAGE_BUILD` for a document that JSON cannot hold.
    pub(crate) fn json(media_type: MediaType, document: &impl Serialize) -> Result<Self, Error> {
        Self::new(media_type, canonical(document)?)
    }

    pub(crate) fn digest(&self) -> &Digest {
        self.descriptor.digest()
    }
}

/// A document as canonical JSON.
///
/// # Errors
///
/// `ERR_IMAGE_BUILD` for a document that JSON cannot hold.
pub(super) fn canonical(document: &impl Serialize) -> Result<Vec<u8>, Error> {
    let value = serde_json::to_value(document).map_err(|problem| internal(&problem))?;
    documents::json::to_canonical(&value).map_err(|problem| internal(&problem))
}

/// `ERR_IMAGE_BUILD` for what a document of the image cannot hold.
pub(super) fn internal(problem: &dyn std::fmt::Display) -> Error {
    Error::new(
        ErrorCode::ImageBuild,
        format!("a document of the image cannot be made: {problem}"),
    )
}
