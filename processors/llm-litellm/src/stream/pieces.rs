//! The pieces of a body as they come, and how long they may be apart.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Response;
use runtime::ProcessorError;
use runtime::http::{self, Decoder};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::exchange::too_late;
use crate::failure::Failure;

/// The longest pause that is allowed, and the timer that ends it. It is set again only when it rings: to set it for each piece
/// costs more than most pieces do.
struct Pause {
    longest: Duration,
    timer: Pin<Box<Sleep>>,
}

pub(super) struct Pieces {
    response: Response,
    decoder: Decoder,
    pause: Option<Pause>,
    /// When it was waited for a piece last.
    pub(super) since: Instant,
}

impl Pieces {
    /// For an answer in a coding that is known.
    pub(super) fn new(response: Response, longest: Option<Duration>) -> Self {
        let decoder = Decoder::of(response.headers()).unwrap_or_default();
        let since = Instant::now();
        let pause = longest.map(|longest| Pause {
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

    /// The next piece, if there is one.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        self.since = Instant::now();
        loop {
            if let Some(piece) = self.decoder.next_piece().map_err(ProcessorError::from)? {
                return Ok(Some(piece));
            }
            let Some(coded) = self.coded().await? else {
                let rest = std::mem::take(&mut self.decoder).finish();
                let rest = rest.map_err(ProcessorError::from)?;
                return Ok((!rest.is_empty()).then(|| rest.into()));
            };
            self.decoder.feed(coded);
        }
    }

    /// The next piece as it comes.
    async fn coded(&mut self) -> Result<Option<Bytes>, Failure> {
        let mut chunk = pin!(self.response.chunk());
        let piece = poll_fn(|context| {
            if let Poll::Ready(piece) = chunk.as_mut().poll(context) {
                return Poll::Ready(piece.map_err(http::send_error));
            }
            let Some(Pause { longest, timer }) = &mut self.pause else {
                return Poll::Pending;
            };
            while timer.as_mut().poll(context).is_ready() {
                let end = self.since + *longest;
                if Instant::now() >= end {
                    return Poll::Ready(Err(too_late(*longest)));
                }
                timer.as_mut().reset(end);
            }
            Poll::Pending
        });
        piece.await.map_err(|error| Failure::of_connection(error, true))
    }
}
