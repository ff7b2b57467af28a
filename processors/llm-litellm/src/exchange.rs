//! One request and its answer.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Request};
use runtime::http::{self, Answer, Decoder};
use runtime::{Body, ErrorCode, ProcessorError};
use tokio::time::Instant;

use crate::failure::Failure;
use crate::stream::{self, Read};

/// Makes requests.
#[derive(Clone)]
pub(crate) struct Exchange {
    pub(crate) client: Client,
    /// Where the chunks of a stream go, if one is asked for.
    pub(crate) stream: Option<PathBuf>,
}

/// What came back, of any status.
#[derive(Debug)]
pub(crate) struct Reply {
    /// Its body is the completion that a stream comes to, if it is one.
    pub(crate) answer: Answer,
    /// The chunks of the stream, one a line.
    pub(crate) chunks: Option<Body>,
}

impl Exchange {
    /// Makes a request once; an answer of any status is one. The time is for all of it, but for each piece where a stream is
    /// asked for.
    pub(crate) async fn make(&self, request: Request, timeout: Option<Duration>) -> Result<Reply, Failure> {
        let end = timeout.map(|timeout| (timeout, Instant::now() + timeout));
        let response = within(end, http::begin(&self.client, request))
            .await
            .map_err(|error| Failure::of_connection(error, false))?;
        let is_declared = is_event_stream(response.headers());
        // what is in a coding that is not known is read as a whole, which says so and keeps it
        let is_readable = response.status().is_success() && Decoder::of(response.headers()).is_ok();
        let (answer, read, chunks) = match &self.stream {
            Some(path) if is_readable => {
                let (status, headers) = (response.status(), response.headers().clone());
                let read = stream::read(response, is_declared, path.clone(), timeout).await?;
                let body = Vec::new();
                let answer = Answer {
                    status,
                    headers,
                    body,
                };
                (answer, read, Body::SearchedFile(path.clone()))
            }
            _ => {
                let mut answer = within(end, http::finish(response))
                    .await
                    .map_err(|error| Failure::of_connection(error, true))?;
                let body = std::mem::take(&mut answer.body);
                let (read, chunks) = match answer.status.is_success() {
                    true => stream::read_whole(answer.status, is_declared, body)?,
                    false => (Read::Document(body), Vec::new()),
                };
                (answer, read, Body::Bytes(chunks))
            }
        };
        let is_asked = self.stream.is_some() && answer.status.is_success();
        let (body, chunks) = match read {
            Read::Completion(body) => (body, Some(chunks)),
            Read::Document(body) => (body, None),
        };
        if is_asked != chunks.is_some() {
            tracing::warn!(is_asked, "stream_ignored");
        }
        Ok(Reply {
            answer: Answer { body, ..answer },
            chunks,
        })
    }
}

/// `text/event-stream`, whatever its parameters are.
fn is_event_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("text/event-stream")
}

async fn within<T>(
    end: Option<(Duration, Instant)>,
    future: impl Future<Output = Result<T, ProcessorError>>,
) -> Result<T, ProcessorError> {
    match end {
        None => future.await,
        Some((timeout, end)) => tokio::time::timeout_at(end, future)
            .await
            .unwrap_or_else(|_| Err(too_late(timeout))),
    }
}

pub(crate) fn too_late(timeout: Duration) -> ProcessorError {
    ProcessorError::new(
        ErrorCode::ProviderUnavailable,
        format!(
            "the provider did not answer within {} s; raise /params/timeout, or ask it for less",
            timeout.as_secs_f64()
        ),
    )
}
