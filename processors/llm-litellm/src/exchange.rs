//! One request and its answer.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Request, Response};
use runtime::http::{self, Answer, Decoder};
use runtime::{ErrorCode, ProcessorError};
use tokio::time::Instant;

use crate::failure::Failure;
use crate::stream;

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
    /// Whether it is.
    pub(crate) is_stream: bool,
}

impl Exchange {
    /// Makes a request once; an answer of any status is one. The time is for all of it, but for a stream for each piece.
    pub(crate) async fn make(&self, request: Request, timeout: Option<Duration>) -> Result<Reply, Failure> {
        let end = timeout.map(|timeout| (timeout, Instant::now() + timeout));
        let response = within(end, http::begin(&self.client, request))
            .await
            .map_err(|error| Failure::of_connection(error, false))?;
        let is_success = response.status().is_success();
        let (Some(path), true) = (&self.stream, is_success) else {
            return whole(end, response).await;
        };
        if !is_event_stream(&response) {
            tracing::warn!("stream_ignored");
            return whole(end, response).await;
        }
        let (status, headers) = (response.status(), response.headers().clone());
        if Decoder::of(&headers).is_err() {
            return whole(end, response).await; // which says why it cannot be read, and keeps it
        }
        let body = stream::read(response, path, timeout).await?;
        Ok(Reply {
            answer: Answer {
                status,
                headers,
                body,
            },
            is_stream: true,
        })
    }
}

async fn whole(end: Option<(Duration, Instant)>, response: Response) -> Result<Reply, Failure> {
    let answer = within(end, http::finish(response))
        .await
        .map_err(|error| Failure::of_connection(error, true))?;
    Ok(Reply {
        answer,
        is_stream: false,
    })
}

/// `text/event-stream`, whatever its parameters are.
fn is_event_stream(response: &Response) -> bool {
    let kind = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
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
