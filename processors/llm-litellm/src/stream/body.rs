//! The chunks of a body as the network delivers them, with a limit on the pause between them.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Response;
use runtime::ProcessorError;
use runtime::http::{self, Decoder};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::failure::{Failure, timed_out};

/// The longest pause, and its timer. The timer is reset only when it fires: a reset for each chunk costs more than most chunks.
struct Pause {
    longest: Duration,
    timer: Pin<Box<Sleep>>,
}

/// The body of a response, decoded.
pub(super) struct BodyChunks {
    response: Response,
    decoder: Decoder,
    pause: Option<Pause>,
    /// When the wait for the last chunk began.
    pub(super) since: Instant,
}

impl BodyChunks {
    /// For an answer in a known coding.
    pub(super) fn new(response: Response, longest_pause: Option<Duration>) -> Self {
        let decoder = Decoder::from_headers(response.headers()).unwrap_or_default();
        let since = Instant::now();
        let pause = longest_pause.map(|longest| Pause {
            longest,
            timer: Box::pin(sleep_until(since + longest)),
        });
        Self {
            response,
            decoder,
            pause,
            since,
        }
    }

    /// The next chunk; `None` at the end.
    ///
    /// # Errors
    ///
    /// A broken connection, a pause that is too long, a body that cannot be decoded.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        self.since = Instant::now();
        loop {
            if let Some(chunk) = self.decoder.next_chunk().map_err(ProcessorError::from)? {
                return Ok(Some(chunk));
            }
            let Some(encoded) = self.receive().await? else {
                let rest = std::mem::take(&mut self.decoder).finish();
                let rest = rest.map_err(ProcessorError::from)?;
                return Ok((!rest.is_empty()).then(|| rest.into()));
            };
            self.decoder.feed(encoded);
        }
    }

    async fn receive(&mut self) -> Result<Option<Bytes>, Failure> {
        let mut chunk = pin!(self.response.chunk());
        let chunk = poll_fn(|context| {
            if let Poll::Ready(chunk) = chunk.as_mut().poll(context) {
                return Poll::Ready(chunk.map_err(http::send_error));
            }
            let Some(Pause { longest, timer }) = &mut self.pause else {
                return Poll::Pending;
            };
            while timer.as_mut().poll(context).is_ready() {
                let end = self.since + *longest;
                if Instant::now() >= end {
                    return Poll::Ready(Err(timed_out(*longest)));
                }
                timer.as_mut().reset(end);
            }
            Poll::Pending
        });
        chunk.await.map_err(|error| Failure::from_connection(error, true))
    }
}
