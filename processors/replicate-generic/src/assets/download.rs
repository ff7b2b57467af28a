//! One file from an address that a model has named.

use std::cell::Cell;
use std::io;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use reqwest::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, HeaderName,
    HeaderValue, IF_RANGE, LAST_MODIFIED, LOCATION, RANGE,
};
use reqwest::{Client, Response, StatusCode, Url};
use runtime::http::{self, Retries};
use runtime::{Config, ErrorCode, OutputItem, ProcessorError, ScratchFile};

use super::guard::{Guard, is_refused};
use super::kind::{Kind, TELLING, is_page};
use super::{Fetched, Limits};
use crate::api::{Api, is_busy};
use crate::schema::Says;

const MOST_HOPS: usize = 5;
/// As long as nothing more of a file has come.
const RETRIES: u32 = 5;

/// What all downloads of an output have in common.
pub(super) struct Downloads<'a> {
    client: Client,
    guard: Guard,
    api: &'a Api,
    limits: &'a Limits,
    deadline: Option<Instant>,
    total: Cell<u64>,
}

/// How a file is coming along.
struct Download<'a> {
    /// For errors.
    name: &'a str,
    url: &'a Url,
    file: ScratchFile,
    first: Vec<u8>,
    content_type: Option<String>,
    /// What tells one version of the file from another, so that it can be gone on with.
    validator: Option<HeaderValue>,
    /// As the first answer has told it.
    length: Option<u64>,
    /// Whether the token was shown for it.
    has_token: bool,
}

/// The service keeps files for an hour.
#[derive(Debug, thiserror::Error)]
#[error("the file is not there any more")]
pub(crate) struct Gone;

/// Why a request brought nothing, or not all.
enum Setback {
    /// Another may bring the rest.
    Passing(ProcessorError, Option<Duration>),
    Final(ProcessorError),
}

impl From<ProcessorError> for Setback {
    fn from(error: ProcessorError) -> Self {
        Self::Final(error)
    }
}

impl<'a> Downloads<'a> {
    pub(super) fn new(config: &Config, api: &'a Api, limits: &'a Limits) -> Result<Self, ProcessorError> {
        let guard = Guard {
            loopback: limits.loopback,
        };
        Ok(Self {
            client: guard.client(config)?,
            guard,
            api,
            limits,
            deadline: config.deadline(),
            total: Cell::new(0),
        })
    }

    /// Fetches a file; `None` where nothing says that it is one, and it turns out to be a page.
    ///
    /// # Errors
    ///
    /// Those of [`fetch`](super::fetch).
    pub(super) async fn fetch(
        &self,
        name: &str,
        url: Url,
        file: ScratchFile,
        says: Says,
    ) -> Result<Option<Fetched>, ProcessorError> {
        let mut download = Download {
            name,
            url: &url,
            file,
            first: Vec::new(),
            content_type: None,
            validator: None,
            length: None,
            has_token: false,
        };
        let mut retries = Retries::new(RETRIES, self.deadline);
        loop {
            let before = download.file.size();
            let (error, asked) = match self.go_on(&mut download, says).await {
                Ok(true) => return download.finish().map(Some).map_err(unwritable),
                Ok(false) => return Ok(None),
                Err(Setback::Final(error)) => return Err(error),
                Err(Setback::Passing(error, asked)) => (error, asked),
            };
            if download.file.size() > before {
                retries = Retries::new(RETRIES, self.deadline);
            }
            tokio::time::sleep(crate::api::pause(&mut retries, error, asked)?).await;
        }
    }

    /// Counts bytes that have come, of a file that has or will have this size.
    pub(super) fn count(
        &self,
        name: &str,
        url: Option<&Url>,
        more: u64,
        size: u64,
    ) -> Result<(), ProcessorError> {
        let total = self.total.get().saturating_add(more);
        self.total.set(total);
        self.check(name, url, size, total)
    }

    fn check(&self, name: &str, url: Option<&Url>, size: u64, total: u64) -> Result<(), ProcessorError> {
        let checked = self
            .limits
            .check_file(size)
            .and_then(|()| self.limits.check_total(total));
        checked.map_err(|what| refused(name, url, &what))
    }

    /// Asks for what is missing, and writes what comes; `false` where it is no file.
    async fn go_on(&self, download: &mut Download<'_>, says: Says) -> Result<bool, Setback> {
        let mut response = self.request(download).await?;
        let has = download.file.size();
        if response.status() == StatusCode::PARTIAL_CONTENT {
            if !download.is_continued_by(response.headers()) {
                download.validator = None; // from the beginning, the next time
                return Err(download.passing("sent another part of it than was asked for"));
            }
        } else {
            if has > 0 {
                self.total.set(self.total.get().saturating_sub(has));
                download.restart().map_err(unwritable)?;
            }
            download.begin(response.headers());
            if says == Says::Nothing && is_page(download.content_type.as_deref()) {
                tracing::info!(file = download.name, "text_that_is_no_file");
                return Ok(false);
            }
        }
        if let Some(length) = download.length {
            let left = length.saturating_sub(download.file.size());
            self.check(
                download.name,
                Some(download.url),
                length,
                self.total.get().saturating_add(left),
            )?;
        }
        loop {
            let piece = response
                .chunk()
                .await
                .map_err(|error| Setback::Passing(download.unavailable(http::send_error(error)), None))?;
            let Some(piece) = piece else { break };
            let more = piece.len() as u64;
            download.take(piece).map_err(unwritable)?;
            self.count(download.name, Some(download.url), more, download.file.size())?;
        }
        match download.length {
            Some(length) if length != download.file.size() => {
                Err(download.passing("sent another length than it had promised"))
            }
            _ => Ok(true),
        }
    }

    /// Sends a request, and follows where it leads, each hop checked.
    async fn request(&self, download: &mut Download<'_>) -> Result<Response, Setback> {
        let mut url = download.url.clone();
        let mut authorization = self.api.authorization_for(&url);
        for _ in 0..=MOST_HOPS {
            self.guard.check(&url).map_err(|what| download.refused(what))?;
            let mut request = self.client.get(url.clone()).header(ACCEPT_ENCODING, "identity");
            if let Some(authorization) = authorization.take() {
                download.has_token = true; // at the address that the service itself has given, and no further
                request = request.header(AUTHORIZATION, authorization.clone());
            }
            if let Some(validator) = download.continues_by() {
                let range = format!("bytes={}-", download.file.size());
                request = request.header(RANGE, range).header(IF_RANGE, validator.clone());
            }
            let response = request.send().await.map_err(|error| match is_refused(&error) {
                true => Setback::Final(download.refused("is not at a public address")),
                false => Setback::Passing(download.unavailable(http::send_error(error)), None),
            })?;
            match response.status() {
                StatusCode::OK | StatusCode::PARTIAL_CONTENT => return Ok(response),
                StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::SEE_OTHER
                | StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT => {
                    let location = response
                        .headers()
                        .get(LOCATION)
                        .and_then(|location| location.to_str().ok());
                    url = location
                        .and_then(|location| url.join(location).ok())
                        .ok_or_else(|| download.refused("is elsewhere, but nobody says where"))?;
                }
                StatusCode::RANGE_NOT_SATISFIABLE if download.file.size() > 0 => {
                    download.validator = None;
                    return Err(download.passing("does not go on with it"));
                }
                status if is_busy(status) => {
                    let asked = http::retry_after(response.headers(), SystemTime::now());
                    return Err(Setback::Passing(
                        download.busy(&format!("answered {}", status.as_u16())),
                        asked,
                    ));
                }
                status => {
                    let error =
                        download.refused(&format!("is not there: its server answered {}", status.as_u16()));
                    return Err(match status {
                        StatusCode::NOT_FOUND | StatusCode::GONE => error.with_cause(Gone),
                        _ => error,
                    }
                    .into());
                }
            }
        }
        Err(download
            .refused(&format!("is more than {MOST_HOPS} redirects away"))
            .into())
    }
}

impl Download<'_> {
    fn begin(&mut self, headers: &HeaderMap) {
        self.content_type = text(headers, CONTENT_TYPE).map(str::to_owned);
        self.length = text(headers, CONTENT_LENGTH).and_then(|length| length.parse().ok());
        self.validator = validator(headers).cloned();
    }

    /// What only the rest is asked for by, where there is a beginning.
    fn continues_by(&self) -> Option<&HeaderValue> {
        self.validator.as_ref().filter(|_| self.file.size() > 0)
    }

    /// Whether a part is the rest that was asked for (RFC 9110, section 14.4).
    fn is_continued_by(&self, headers: &HeaderMap) -> bool {
        let range = || {
            let (range, whole) = text(headers, CONTENT_RANGE)?
                .strip_prefix("bytes ")?
                .split_once('/')?;
            let start: u64 = range.split_once('-')?.0.trim().parse().ok()?;
            Some((start, whole.trim().parse().ok()))
        };
        let Some((start, whole)) = range() else {
            return false;
        };
        let is_as_long = |whole: u64| self.length.is_none_or(|length| length == whole);
        self.continues_by().is_some() && start == self.file.size() && whole.is_none_or(is_as_long)
    }

    fn restart(&mut self) -> io::Result<()> {
        self.first.clear();
        self.file.restart()
    }

    fn take(&mut self, piece: Bytes) -> io::Result<()> {
        let missing = TELLING.saturating_sub(self.first.len()).min(piece.len());
        self.first
            .extend_from_slice(piece.get(..missing).unwrap_or_default());
        self.file.write_beside(piece)
    }

    fn finish(self) -> io::Result<Fetched> {
        let kind = Kind::of(self.content_type.as_deref(), &self.first, Some(self.url));
        let written = self.file.finish()?;
        let (sha256, bytes) = (written.sha256(), written.size());
        tracing::debug!(file = self.name, sha256, bytes, "file_downloaded");
        Ok(Fetched {
            output: match self.has_token {
                false => OutputItem::written("", "", written),
                true => OutputItem::searched_file("", "", written.path()),
            },
            kind,
            source: without_query(self.url),
        })
    }

    fn refused(&self, what: &str) -> ProcessorError {
        refused(self.name, Some(self.url), what)
    }

    fn busy(&self, what: &str) -> ProcessorError {
        ProcessorError::new(
            ErrorCode::ProviderUnavailable,
            format!(
                "{} cannot be fetched: its server {what}",
                told(self.name, Some(self.url))
            ),
        )
    }

    fn passing(&self, what: &str) -> Setback {
        Setback::Passing(self.busy(what), None)
    }

    fn unavailable(&self, error: ProcessorError) -> ProcessorError {
        let message = format!(
            "{} cannot be fetched: {}",
            told(self.name, Some(self.url)),
            error.message()
        );
        ProcessorError::new(error.code(), message).with_cause(error)
    }
}

/// A file that is not fetched, whatever is tried.
pub(super) fn refused(name: &str, url: Option<&Url>, what: &str) -> ProcessorError {
    ProcessorError::new(ErrorCode::ProviderResponse, format!("{} {what}", told(name, url)))
}

pub(super) fn unwritable(error: io::Error) -> ProcessorError {
    ProcessorError::new(
        ErrorCode::OutputWrite,
        format!("a file of the output cannot be written: {error}; make room, then run it again"),
    )
}

fn told(name: &str, url: Option<&Url>) -> String {
    match url {
        None => format!("{name} of the output"),
        Some(url) => format!("{name} of the output, {},", without_query(url)),
    }
}

/// What follows `?` may be a signature that opens the file to anybody.
fn without_query(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    let _ = url.set_username(""); // an address that cannot have one has none
    let _ = url.set_password(None);
    url.into()
}

/// A strong one (RFC 9110, section 13.1.5).
fn validator(headers: &HeaderMap) -> Option<&HeaderValue> {
    let etag = headers
        .get(ETAG)
        .filter(|etag| !etag.as_bytes().starts_with(b"W/"));
    etag.or_else(|| headers.get(LAST_MODIFIED))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}
