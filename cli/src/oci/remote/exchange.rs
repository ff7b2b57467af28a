//! One request and its whole answer, within limits of time and size.

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Client, Request, StatusCode};
use tokio::time::timeout;

use super::failure::RemoteError;

/// What an answer may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// How long the other side may say nothing.
    pub(super) silence: Duration,
    /// Bytes of the answer.
    pub(super) largest: usize,
}

/// A whole answer, of any status.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// A request without a whole answer, and whether another one may have more luck.
pub(super) struct Failed {
    pub(super) error: RemoteError,
    pub(super) is_transient: bool,
}

impl From<RemoteError> for Failed {
    fn from(error: RemoteError) -> Self {
        Self {
            error,
            is_transient: false,
        }
    }
}

/// The slowest line that is waited for while a body is on its way, in bytes a second.
const SLOWEST: u64 = 16 * 1024;

/// Sends a request once; `host` is what errors call the other side.
pub(super) async fn exchange(
    client: &Client,
    request: Request,
    limits: Limits,
    host: &str,
) -> Result<Reply, Failed> {
    let body = request
        .body()
        .and_then(reqwest::Body::as_bytes)
        .unwrap_or_default();
    let upload = Duration::from_secs(body.len() as u64 / SLOWEST);
    let silent = |_| Failed::from(RemoteError::silent(host));
    let broken = |error: reqwest::Error| Failed {
        is_transient: !error.is_connect() && !error.is_timeout() && !error.is_builder(),
        error: RemoteError::sending(host, &error),
    };
    let mut response = timeout(limits.silence + upload, client.execute(request))
        .await
        .map_err(silent)?
        .map_err(broken)?;
    let mut body = Vec::new();
    while let Some(chunk) = timeout(limits.silence, response.chunk())
        .await
        .map_err(silent)?
        .map_err(broken)?
    {
        // whatever `Content-Length` says
        if chunk.len() > limits.largest.saturating_sub(body.len()) {
            let what = format_args!("its answer is larger than {} bytes", limits.largest);
            return Err(RemoteError::protocol(host, what).into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply {
        status: response.status(),
        headers: std::mem::take(response.headers_mut()),
        body,
    })
}
