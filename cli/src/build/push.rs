//! Pushing an image: what a manifest names always comes before it (OCI distribution specification, "Push").

use std::collections::BTreeSet;

use documents::ErrorCode;
use oci_spec::image::{Digest, ImageIndexBuilder, MediaType, SCHEMA_VERSION};

use crate::error::Error;
use crate::image::{Blob, Image, Referrer};
use crate::oci::{Reference, Remote, RemoteError, Repository, Tag};

/// Pushes what the registry lacks; returns how many blobs and manifests that were.
///
/// # Errors
///
/// `ERR_IMAGE_PUSH`, by cause.
pub(super) fn push(image: Image, repository: &Repository, tag: Tag, remote: &Remote) -> Result<u64, Error> {
    let push = Push { repository, remote };
    let mut pushed = 0;
    let mut count = |was_sent: bool| pushed += u64::from(was_sent);
    let mut seen = BTreeSet::new();
    for blob in image.blobs {
        if seen.insert(blob.digest().to_string()) {
            let was_sent = remote.push_blob(repository, &blob.digest().clone(), blob.bytes);
            count(was_sent.map_err(failed)?);
        }
    }
    for manifest in image.manifests {
        count(push.manifest(manifest.digest().clone().into(), manifest)?);
    }
    for referrer in image.referrers {
        count(push.refer(referrer)?);
    }
    count(push.manifest(tag.into(), image.index)?);
    Ok(pushed)
}

struct Push<'a> {
    repository: &'a Repository,
    remote: &'a Remote,
}

impl Push<'_> {
    fn manifest(&self, reference: Reference, manifest: Blob) -> Result<bool, Error> {
        let media_type = manifest.descriptor.media_type().to_string();
        self.remote
            .push_manifest(self.repository, &reference, &media_type, manifest.bytes)
            .map_err(failed)
    }

    /// Pushes a referrer. A registry without the referrers API gets the list of them under a tag (OCI distribution
    /// specification, "Referrers Tag Schema"): those of other programs stay in it.
    fn refer(&self, referrer: Referrer) -> Result<bool, Error> {
        let Referrer { subject, manifest } = referrer;
        let descriptor = manifest.descriptor.clone();
        let was_sent = self.manifest(manifest.digest().clone().into(), manifest)?;
        let present = self.remote.referrers(self.repository, &subject).map_err(failed)?;
        let is_listed = |digest: &Digest| present.descriptors.iter().any(|listed| listed.digest() == digest);
        if present.has_api || is_listed(descriptor.digest()) {
            return Ok(was_sent);
        }
        let mut descriptors = present.descriptors;
        descriptors.push(descriptor);
        let list = ImageIndexBuilder::default()
            .schema_version(SCHEMA_VERSION)
            .media_type(MediaType::ImageIndex)
            .manifests(descriptors)
            .build()
            .map_err(|problem| Error::new(ErrorCode::ImagePush, problem.to_string()))?;
        self.manifest(
            Tag::of_referrers(&subject).into(),
            Blob::json(MediaType::ImageIndex, &list)?,
        )
    }
}

fn failed(error: RemoteError) -> Error {
    error.into_error(ErrorCode::ImagePush)
}
