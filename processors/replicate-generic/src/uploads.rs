//! Input files: small ones become data URIs, larger ones are uploaded, and removed when the prediction has ended
//! (<https://replicate.com/docs/topics/predictions/input-files>).

mod file_body;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;
use reqwest::multipart::{Form, Part};
use runtime::http;
use runtime::{Config, ErrorCode, Inputs, ProcessorError};
use serde::Deserialize;
use serde_json::Value;

use crate::api::{self, Api};
use crate::checkpoint::Checkpoint;
use crate::prediction::is_id;
use file_body::{FileBody, Sent};

/// The largest file that the service takes inside a request, in bytes.
const LARGEST_DATA_URI: u64 = 256_000;

/// The files that this run has uploaded.
#[derive(Debug, Default)]
pub(crate) struct Uploads {
    pub(crate) ids: Vec<String>,
    addresses: BTreeMap<String, String>,
}

impl Uploads {
    /// Replaces every file of the parameters by a data URI or by the address of its upload.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` with the JSON pointer of the file, and those of the service; `self` holds what was uploaded by then.
    pub(crate) fn replace(
        &mut self,
        config: &Config,
        api: &Api,
        inputs: &mut Inputs,
    ) -> Result<(), ProcessorError> {
        inputs.replace_files(|inputs, name, at| {
            let size = inputs.open_at(name, at)?.size();
            if size <= LARGEST_DATA_URI {
                return Ok(inputs.read(name, at, LARGEST_DATA_URI)?.data_uri().into());
            }
            if let Some(address) = self.addresses.get(name) {
                return Ok(Value::String(address.clone()));
            }
            let (stored, digest) = upload(config, api, inputs, name, at)?;
            tracing::info!(file = name, file_id = stored.id, bytes = size, "file_uploaded");
            self.ids.push(stored.id.clone());
            Checkpoint::new(None, self.ids.clone()).save(config)?;
            let address = stored.check(digest.as_deref())?;
            self.addresses.insert(name.to_owned(), address.clone());
            Ok(Value::String(address))
        })
    }
}

/// Removes files from the service. It deletes them itself after a day, so a failure is only logged.
pub(crate) async fn remove(api: &Api, ids: &[String]) {
    let removals = ids.iter().map(|id| async move {
        match api.remove_file(id).await {
            Ok(()) => tracing::info!(file_id = id, "file_removed"),
            Err(error) => tracing::warn!(file_id = id, code = error.code().as_str(), "file_not_removed"),
        }
    });
    join_all(removals).await;
}

/// A file at the service: <https://replicate.com/docs/reference/http#files.create>.
#[derive(Debug, Deserialize)]
struct StoredFile {
    id: String,
    urls: Urls,
    #[serde(default)]
    checksums: Checksums,
}

#[derive(Debug, Deserialize)]
struct Urls {
    get: String,
}

#[derive(Debug, Default, Deserialize)]
struct Checksums {
    sha256: Option<String>,
}

fn upload(
    config: &Config,
    api: &Api,
    inputs: &Inputs,
    name: &str,
    at: &str,
) -> Result<(StoredFile, Option<String>), ProcessorError> {
    let mime = inputs.media_type(name)?;
    let file_name = inputs
        .files
        .get(name)
        .map(|entry| entry.path().split().1.to_owned());
    let attempt = async || {
        let sent = Sent::default();
        let reader = inputs.open_at(name, at)?;
        let body = FileBody::new(reader, Arc::clone(&sent));
        let length = body.left;
        let part = Part::stream_with_length(reqwest::Body::wrap(body), length)
            .file_name(file_name.clone().unwrap_or_default())
            .mime_str(&mime)
            .map_err(|_| invalid(at, "names a file whose mime is no media type"))?;
        let request = api.upload_request(Form::new().part("content", part), length)?;
        let answer = match api.send(request).await {
            Err(_) if sent.get().is_some_and(Option::is_none) => Err(invalid(
                at,
                "names a file that cannot be read, or changed while it was read",
            )),
            answer => answer,
        };
        let answer = api::check_effect(answer)?;
        Ok((StoredFile::parse(&answer.body)?, sent.get().cloned().flatten()))
    };
    let mut retries = api.retries();
    config.block_on(http::retry(&mut retries, attempt))
}

impl StoredFile {
    fn parse(body: &[u8]) -> Result<Self, ProcessorError> {
        let stored: Option<Self> = serde_json::from_slice(body).ok();
        stored.filter(|stored| is_id(&stored.id)).ok_or_else(|| {
            let message =
                "the provider took an input file, but its answer does not say where it is; try again";
            ProcessorError::new(ErrorCode::ProviderResponse, message)
        })
    }

    /// Its address, if it is the file that was sent.
    fn check(self, digest: Option<&str>) -> Result<String, ProcessorError> {
        let is_other = |theirs: &String| digest.is_some_and(|ours| !theirs.eq_ignore_ascii_case(ours));
        if self.checksums.sha256.as_ref().is_some_and(is_other) {
            return Err(ProcessorError::new(
                ErrorCode::ProviderResponse,
                "the provider got another input file than was sent, as its SHA-256 differs; try again",
            ));
        }
        Ok(self.urls.get)
    }
}

fn invalid(at: &str, what: &str) -> ProcessorError {
    ProcessorError::new(ErrorCode::Inputs, format!("{at} {what}"))
}
