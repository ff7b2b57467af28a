//! The manifests that refer to another one, such as an SBOM.

use oci_spec::image::{Descriptor, Digest, ImageIndex};
use reqwest::header::{ACCEPT, HeaderValue};
use reqwest::{Method, StatusCode};

use super::call::{Access, Call};
use super::client::Client;
use super::failure::{Cause, RemoteError};
use super::manifests;
use crate::oci::manifest::OCI_INDEX;
use crate::oci::reference::Tag;
use crate::oci::repository::Repository;

/// What refers to a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Referrers {
    pub(crate) descriptors: Vec<Descriptor>,
    /// Whether the registry lists them by itself. If not, who pushes one also writes the index that the tag `sha256-<hex>` names.
    pub(crate) has_api: bool,
}

/// Asks the referrers API, and where there is none the tag that stands for it.
pub(super) async fn get(
    client: &Client,
    repository: &Repository,
    digest: &Digest,
) -> Result<Referrers, RemoteError> {
    let call = Call::new(
        repository,
        Access::Pull,
        Method::GET,
        &format!("referrers/{digest}"),
    )?
    .about(format!("what refers to {digest} in {repository}"))
    .header(ACCEPT, HeaderValue::from_static(OCI_INDEX));
    let answer = client.send(&call).await?;
    if matches!(
        answer.status,
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED
    ) {
        return by_tag(client, repository, digest).await;
    }
    let answer = answer.expecting(&[StatusCode::OK], &call)?;
    let index = ImageIndex::from_reader(answer.body.as_slice()).map_err(|_| {
        RemoteError::protocol(repository.host(), format_args!("{} is no index", call.subject))
    })?;
    Ok(Referrers {
        descriptors: index.manifests().clone(),
        has_api: true,
    })
}

async fn by_tag(client: &Client, repository: &Repository, digest: &Digest) -> Result<Referrers, RemoteError> {
    let tag = Tag::of_referrers(digest).into();
    let descriptors = match manifests::get(client, repository, &tag).await {
        Ok(manifest) => {
            let index = manifest
                .index()
                .map_err(|what| RemoteError::protocol(repository.host(), what))?;
            index.manifests().clone()
        }
        Err(error) if error.cause() == Cause::Gone => Vec::new(),
        Err(error) => return Err(error),
    };
    Ok(Referrers {
        descriptors,
        has_api: false,
    })
}
