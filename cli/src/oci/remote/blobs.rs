//! Blobs of a repository: layers and configurations.

use bytes::Bytes;
use oci_spec::image::Digest;
use reqwest::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::{Method, StatusCode, Url};

use super::call::{Access, Call};
use super::client::{Client, pauses};
use super::failure::RemoteError;
use crate::oci::digest;
use crate::oci::repository::Repository;

/// The largest blob that is read into memory, in bytes.
const LARGEST: usize = 1024 * 1024 * 1024;

/// Gets a blob, and checks its bytes.
pub(super) async fn get(
    client: &Client,
    repository: &Repository,
    digest: &Digest,
) -> Result<Vec<u8>, RemoteError> {
    let call = call(repository, digest, Access::Pull, Method::GET)?.at_most(LARGEST);
    let answer = client.send(&call).await?.expecting(&[StatusCode::OK], &call)?;
    if digest::is_of(digest, &answer.body) {
        return Ok(answer.body);
    }
    let what = format_args!("of {}, it sends other bytes", call.subject);
    Err(RemoteError::protocol(repository.host(), what))
}

/// Whether it is there.
pub(super) async fn exists(
    client: &Client,
    repository: &Repository,
    digest: &Digest,
) -> Result<bool, RemoteError> {
    let call = call(repository, digest, Access::Push, Method::HEAD)?;
    let answer = client.send(&call).await?;
    if answer.status == StatusCode::NOT_FOUND {
        return Ok(false);
    }
    answer.expecting(&[StatusCode::OK], &call).map(|_| true)
}

/// Sends a blob that is not there, with POST and PUT: every registry takes it so. An upload that broke begins anew.
pub(super) async fn push(
    client: &Client,
    repository: &Repository,
    digest: &Digest,
    bytes: Bytes,
) -> Result<bool, RemoteError> {
    if exists(client, repository, digest).await? {
        return Ok(false);
    }
    let mut pauses = pauses();
    loop {
        let Err(error) = upload(client, repository, digest, bytes.clone()).await else {
            return Ok(true);
        };
        match pauses.next().filter(|_| error.is_retryable()) {
            Some(pause) => tokio::time::sleep(pause).await,
            None => return Err(error),
        }
    }
}

async fn upload(
    client: &Client,
    repository: &Repository,
    digest: &Digest,
    bytes: Bytes,
) -> Result<(), RemoteError> {
    let begin = Call::new(repository, Access::Push, Method::POST, "blobs/uploads/")?;
    let begun = client
        .send(&begin)
        .await?
        .expecting(&[StatusCode::ACCEPTED], &begin)?;
    let no_address = || RemoteError::protocol(repository.host(), "it names no address for an upload");
    let location = begun.header(LOCATION).ok_or_else(no_address)?;
    let mut url: Url = begin.url.join(location).map_err(|_| no_address())?;
    url.query_pairs_mut().append_pair("digest", digest.as_ref());
    let mut send = call(repository, digest, Access::Push, Method::PUT)?
        .header(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"))
        .body(bytes);
    send.url = url;
    send.is_repeatable = false;
    let created = [StatusCode::CREATED, StatusCode::OK, StatusCode::NO_CONTENT];
    client.send(&send).await?.expecting(&created, &send).map(drop)
}

fn call<'a>(
    repository: &'a Repository,
    digest: &Digest,
    access: Access,
    method: Method,
) -> Result<Call<'a>, RemoteError> {
    let call = Call::new(repository, access, method, &format!("blobs/{digest}"))?;
    Ok(call.about(format!("the blob {digest} of {repository}")))
}
