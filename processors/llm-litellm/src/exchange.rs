//! One request and its answer.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Request};
use runtime::http::{self, Answer, Decoder};
use runtime::{Body, ProcessorError};
use tokio::time::Instant;

use crate::failure::{Failure, timed_out};
use crate::native::interface::NativeApi;
use crate::paid::Paid;
use crate::stream::{self, Content};

/// Sends requests.
pub(crate) struct Exchange<'a> {
    pub(crate) client: Client,
    /// Gets what comes of each answer; says whether a stream is requested.
    pub(crate) paid: &'a Paid,
}

/// An answer of any status.
#[derive(Debug)]
pub(crate) struct Reply {
    /// Of a stream, its body is the completion that the chunks make.
    pub(crate) answer: Answer,
    /// The chunks of a stream, one a line.
    pub(crate) chunks: Option<Body>,
    /// The service's own answer, if it is not a chat completion and no stream.
    pub(crate) native: Option<Vec<u8>>,
}

impl Exchange<'_> {
    /// Sends a request once. The timeout is for the whole answer; if a stream is requested, for the pause before each part.
    ///
    /// # Errors
    ///
    /// No answer, or not all of it; those of [`stream::read`] and [`stream::read_whole`].
    pub(crate) async fn send(
        &self,
        request: Request,
        api: Option<&'static dyn NativeApi>,
        timeout: Option<Duration>,
    ) -> Result<Reply, Failure> {
        let end = timeout.map(|timeout| (timeout, Instant::now() + timeout));
        let response = within(end, http::begin(&self.client, request))
            .await
            .map_err(|error| Failure::from_connection(error, false))?;
        let is_declared = is_event_stream(response.headers());
        // a body in an unknown coding is read whole, which reports the coding and keeps the body
        let is_readable = response.status().is_success() && Decoder::from_headers(response.headers()).is_ok();
        let document = &self.paid.document;
        let (answer, content, chunks) = match &self.paid.chunk_file {
            Some(path) if is_readable => {
                let answer = Answer {
                    status: response.status(),
                    headers: response.headers().clone(),
                    body: Vec::new(),
                };
                let content = stream::read(
                    response,
                    is_declared,
                    api,
                    (path.clone(), document.clone()),
                    timeout,
                )
                .await?;
                (answer, content, Body::SearchedFile(path.clone()))
            }
            _ => {
                let mut answer =
                    within(end, http::finish_into(response, document))
                        .await
                        .map_err(|error| {
                            Failure::from_connection(error, true).with_rejected(self.paid.take_document())
                        })?;
                let body = std::mem::take(&mut answer.body);
                let (content, chunks) = if answer.status.is_success() {
                    stream::read_whole(answer.status, is_declared, api, body)?
                } else {
                    (Content::Document(body), Vec::new())
                };
                (answer, content, Body::Bytes(chunks))
            }
        };
        let is_requested = self.paid.chunk_file.is_some() && answer.status.is_success();
        let (body, chunks) = match content {
            Content::Completion(body) => (body, Some(chunks)),
            Content::Document(body) => (body, None),
        };
        if is_requested != chunks.is_some() {
            tracing::warn!(is_asked = is_requested, "stream_ignored");
        }
        Ok(Reply {
            answer: Answer { body, ..answer },
            chunks,
            native: None,
        })
    }
}

/// `text/event-stream`, with any parameters.
fn is_event_stream(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = media_type.and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("text/event-stream"))
}

async fn within<T>(
    end: Option<(Duration, Instant)>,
    future: impl Future<Output = Result<T, ProcessorError>>,
) -> Result<T, ProcessorError> {
    match end {
        None => future.await,
        Some((timeout, end)) => tokio::time::timeout_at(end, future)
            .await
            .unwrap_or_else(|_| Err(timed_out(timeout))),
    }
}
