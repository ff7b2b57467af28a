//! Manifests and indexes of a repository.

use bytes::Bytes;
use oci_spec::image::Digest;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};

use super::call::{Access, Call};
use super::client::Client;
use super::exchange::Reply;
use super::failure::RemoteError;
use crate::oci::digest;
use crate::oci::manifest::{ACCEPTED, Manifest};
use crate::oci::reference::Reference;
use crate::oci::repository::Repository;

const DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// Gets a manifest, and checks its bytes.
pub(super) async fn get(
    client: &Client,
    repository: &Repository,
    reference: &Reference,
) -> Result<Manifest, RemoteError> {
    let call = call(repository, reference, Access::Pull, Method::GET)?;
    let Reply { headers, body, .. } = client.send(&call).await?.expecting(&[StatusCode::OK], &call)?;
    let wrong =
        |what: String| RemoteError::protocol(repository.host(), format_args!("of {}, {what}", call.subject));
    let digest = digest::of(&body).map_err(wrong)?;
    let named = match reference {
        Reference::Digest(digest) => Some(digest.to_string()),
        Reference::Tag(_) => headers
            .get(DIGEST)
            .and_then(|value| Some(value.to_str().ok()?.to_owned())),
    };
    if named.is_some_and(|named| named != digest.to_string()) {
        return Err(wrong("it sends bytes that are not those of the digest".into()));
    }
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.map(|text| text.split(';').next().unwrap_or_default().trim());
    Manifest::new(body, media_type, digest).map_err(wrong)
}

/// Asks for no more than the digest.
pub(super) async fn digest(
    client: &Client,
    repository: &Repository,
    reference: &Reference,
) -> Result<Option<Digest>, RemoteError> {
    find(client, repository, reference, Access::Pull).await
}

/// Sends a manifest unless its tag or digest names it already.
pub(super) async fn push(
    client: &Client,
    repository: &Repository,
    reference: &Reference,
    media_type: &str,
    bytes: Bytes,
) -> Result<bool, RemoteError> {
    let wrong = |what: String| RemoteError::setting(what, "this is a defect of counterfoil");
    let digest = digest::of(&bytes).map_err(wrong)?;
    if find(client, repository, reference, Access::Push).await?.as_ref() == Some(&digest) {
        return Ok(false);
    }
    let media_type =
        HeaderValue::from_str(media_type).map_err(|_| wrong("the manifest has no media type".into()))?;
    let call = call(repository, reference, Access::Push, Method::PUT)?
        .header(CONTENT_TYPE, media_type)
        .body(bytes);
    let created = [StatusCode::CREATED, StatusCode::OK, StatusCode::ACCEPTED];
    client.send(&call).await?.expecting(&created, &call)?;
    Ok(true)
}

async fn find(
    client: &Client,
    repository: &Repository,
    reference: &Reference,
    access: Access,
) -> Result<Option<Digest>, RemoteError> {
    let head = call(repository, reference, access, Method::HEAD)?;
    let answer = client.send(&head).await?;
    if answer.status == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    let answer = answer.expecting(&[StatusCode::OK], &head)?;
    if let Some(digest) = answer.header(DIGEST).and_then(|text| digest::parse(text).ok()) {
        return Ok(Some(digest));
    }
    // the header may be left out
    Ok(Some(get(client, repository, reference).await?.digest))
}

fn call<'a>(
    repository: &'a Repository,
    reference: &Reference,
    access: Access,
    method: Method,
) -> Result<Call<'a>, RemoteError> {
    let mut call = Call::new(repository, access, method, &format!("manifests/{reference}"))?
        .about(reference.in_repository(repository));
    for media_type in ACCEPTED {
        call = call.header(ACCEPT, HeaderValue::from_static(media_type));
    }
    Ok(call)
}
