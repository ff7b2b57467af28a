//! Input files: small ones go along as data URIs, larger ones are kept at the service for as long as they are needed
//! (<https://replicate.com/docs/topics/predictions/input-files>).

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::future::join_all;
use http_body::{Frame, SizeHint};
use reqwest::multipart::{Form, Part};
use runtime::http;
use runtime::{Config, ErrorCode, Hasher, InputReader, Inputs, ProcessorError};
use serde::Deserialize;
use serde_json::Value;

use crate::api::{self, Api};
use crate::kept::Kept;
use crate::prediction::is_id;

/// What the service takes inside a request, in bytes.
const LARGEST_DATA_URI: u64 = 256_000;
const PIECE: usize = 64 * 1024;

/// The files of this run that are kept at the service.
#[derive(Debug, Default)]
pub(crate) struct Uploads {
    pub(crate) ids: Vec<String>,
    addresses: BTreeMap<String, String>,
}

impl Uploads {
    /// Puts every file of the parameters in its place: as a data URI, or as the address that it has got.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` with the place of the file, and those of the service; what was uploaded by then is in `self`.
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
            let kept = Kept {
                prediction_id: None,
                files: self.ids.clone(),
                succeeded: None,
            };
            kept.keep(config)?;
            let address = stored.check(digest.as_deref())?;
            self.addresses.insert(name.to_owned(), address.clone());
            Ok(Value::String(address))
        })
    }
}

/// Removes files from the service. It forgets them by itself after a day, so that a failure is no more than a line in the log.
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
struct Stored {
    id: String,
    urls: Address,
    #[serde(default)]
    checksums: Checksums,
}

#[derive(Debug, Deserialize)]
struct Address {
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
) -> Result<(Stored, Option<String>), ProcessorError> {
    let mime = inputs.media_type(name)?;
    let file_name = inputs
        .files
        .get(name)
        .map(|entry| entry.path().split().1.to_owned());
    let attempt = async || {
        let reader = inputs.open_at(name, at)?;
        let sent = Sent::default();
        let body = FileBody {
            left: reader.size(),
            reader,
            hasher: Hasher::default(),
            sent: Arc::clone(&sent),
        };
        let length = body.left;
        let part = Part::stream_with_length(reqwest::Body::wrap(body), length)
            .file_name(file_name.clone().unwrap_or_default())
            .mime_str(&mime)
            .map_err(|_| wrong(at, "names a file whose mime is no media type"))?;
        let request = api.upload(Form::new().part("content", part), length)?;
        let answer = match api.send(request).await {
            Err(_) if sent.get().is_some_and(Option::is_none) => Err(wrong(
                at,
                "names a file that cannot be read, or changed while it was read",
            )),
            answer => answer,
        };
        let answer = api::effect(answer)?;
        Ok((Stored::parse(&answer.body)?, sent.get().cloned().flatten()))
    };
    let mut retries = api.retries();
    config.block_on(http::retry(&mut retries, attempt))
}

impl Stored {
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
        match (&self.checksums.sha256, digest) {
            (Some(theirs), Some(ours)) if !theirs.eq_ignore_ascii_case(ours) => Err(ProcessorError::new(
                ErrorCode::ProviderResponse,
                "the provider got another input file than was sent, as its SHA-256 differs; try again",
            )),
            _ => Ok(self.urls.get),
        }
    }
}

fn wrong(at: &str, what: &str) -> ProcessorError {
    ProcessorError::new(ErrorCode::Inputs, format!("{at} {what}"))
}

/// What became of a file on its way: its digest, or that it could not be read.
type Sent = Arc<OnceLock<Option<String>>>;

/// A file as the body of a request, of the length that it had when it was opened.
struct FileBody {
    reader: InputReader,
    left: u64,
    hasher: Hasher,
    sent: Sent,
}

impl FileBody {
    /// The next piece. The last one is given only once the end of the file is seen, and with it that it has its hash.
    fn piece(&mut self) -> io::Result<Bytes> {
        let mut piece = vec![0; usize::try_from(self.left).unwrap_or(PIECE).min(PIECE)];
        self.reader.read_exact(&mut piece)?;
        self.hasher.update(&piece);
        self.left -= piece.len() as u64;
        if self.left == 0 {
            match self.reader.read(&mut [0])? {
                0 => self
                    .sent
                    .get_or_init(|| Some(std::mem::take(&mut self.hasher).finish())),
                _ => return Err(io::ErrorKind::InvalidData.into()),
            };
        }
        Ok(piece.into())
    }
}

impl http_body::Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let piece = self.piece().inspect_err(|_| {
            self.sent.get_or_init(|| None);
        });
        Poll::Ready(Some(piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
