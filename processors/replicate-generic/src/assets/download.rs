//! Downloads one file from an address that a model named.

use std::cell::Cell;

use reqwest::header::{AUTHORIZATION, IF_RANGE, LOCATION, RANGE};
use reqwest::{Client, Response, StatusCode, Url};
use runtime::http::{self, AttemptError, Retries, Retry};
use runtime::{Config, ErrorCode, ProcessorError, ScratchFile};

use super::fetched_file::FetchedFile;
use super::file_type::FileType;
use super::guard::{Guard, NOT_PUBLIC, is_refused};
use super::limits::{Limits, untyped_hint};
use super::partial_file::PartialFile;
use crate::api::{Api, is_transient, retryable};
use crate::file_source::{FileSource, without_query};
use crate::media_type::is_page;

const MAX_REDIRECTS: usize = 5;
/// Without progress in between.
const RETRIES: u32 = 4;
/// The longest URL in a message, in characters.
const LONGEST_URL: usize = 200;

/// A file to fetch.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) number: usize,
    /// For messages.
    pub(super) name: String,
    /// Whether the schema declares it a file.
    pub(super) is_certain: bool,
    /// Where in the output it is (RFC 6901).
    pub(super) pointer: Option<String>,
}

/// What all downloads of an output have in common.
pub(super) struct Downloads<'a> {
    config: &'a Config,
    client: Client,
    guard: Guard,
    api: &'a Api,
    limits: &'a Limits,
    /// The bytes of all files so far.
    total: Cell<u64>,
    /// Whether the service must still have the files, so that a 404 is temporary.
    is_recent: bool,
}

/// The service has deleted the file, as it does after an hour.
#[derive(Debug, thiserror::Error)]
#[error("the file is not there any more")]
pub(crate) struct Gone;

impl<'a> Downloads<'a> {
    pub(super) fn new(
        config: &'a Config,
        api: &'a Api,
        limits: &'a Limits,
        is_recent: bool,
    ) -> Result<Self, ProcessorError> {
        let guard = Guard {
            allows_loopback: limits.allows_loopback,
        };
        Ok(Self {
            config,
            client: guard.client(config)?,
            guard,
            api,
            limits,
            total: Cell::new(0),
            is_recent,
        })
    }

    /// Checks an address as far as possible without any request.
    ///
    /// # Errors
    ///
    /// `ERR_PROVIDER_RESPONSE` that names the file.
    pub(super) fn check_source(&self, task: &Task, source: &FileSource) -> Result<(), ProcessorError> {
        match source {
            FileSource::Remote(url) => {
                let checked = self.guard.check(url);
                checked.map_err(|what| self.refuse(task, Some(url), what))
            }
            FileSource::DataUri(_) => Ok(()),
            FileSource::Invalid => Err(self.refuse(task, None, "has no valid address")),
        }
    }

    /// Fetches a file; `None` if no schema declares it one, and it turns out to be a web page.
    ///
    /// # Errors
    ///
    /// Those of [`fetch`](super::fetch).
    pub(super) async fn fetch(
        &self,
        task: &Task,
        url: &Url,
        file: ScratchFile,
    ) -> Result<Option<FetchedFile>, ProcessorError> {
        let mut partial = PartialFile::new(file);
        let mut furthest = 0;
        let host = url.host_str().unwrap_or_default();
        let mut retries = Retries::new(host, RETRIES, self.config.deadline());
        let is_file = http::retry(&mut retries, async || {
            let continued = self.download(task, url, &mut partial).await;
            continued.map_err(|mut attempt_error| {
                if attempt_error.retry == Retry::Counted && partial.size() > furthest {
                    furthest = partial.size();
                    attempt_error.retry = Retry::Recounted;
                }
                attempt_error
            })
        });
        if !is_file.await? {
            return Ok(None);
        }
        let urls: Vec<_> = [Some(url), partial.url()].into_iter().flatten().collect();
        let file_type = FileType::detect(partial.content_type(), partial.first(), &urls);
        let has_token = partial.has_token;
        let written = partial.finish()?;
        Ok(Some(FetchedFile::new(
            written,
            has_token,
            file_type,
            without_query(url),
        )))
    }

    /// Counts bytes that have arrived, and checks the limits for a file of this size.
    ///
    /// # Errors
    ///
    /// `ERR_PROVIDER_RESPONSE` that names the file.
    pub(super) fn count(
        &self,
        task: &Task,
        url: Option<&Url>,
        more: u64,
        size: u64,
    ) -> Result<(), ProcessorError> {
        self.total.set(self.total.get().saturating_add(more));
        self.check_sizes(task, url, size, self.total.get())
    }

    fn check_sizes(
        &self,
        task: &Task,
        url: Option<&Url>,
        size: u64,
        total: u64,
    ) -> Result<(), ProcessorError> {
        let checked = self.limits.check_sizes(size, total);
        checked.map_err(|what| self.refuse(task, url, &what))
    }

    /// Downloads what is missing; `false` if it is not a file.
    async fn download(
        &self,
        task: &Task,
        url: &Url,
        partial: &mut PartialFile,
    ) -> Result<bool, AttemptError> {
        let mut response = self.request(task, url, partial).await?;
        if response.status() == StatusCode::PARTIAL_CONTENT {
            if !partial.is_continued_by(&response) {
                partial.forget_version(); // the next attempt starts over
                return Err(self.attempt_error(task, url, "sent another part of it than was asked for"));
            }
        } else {
            self.total.set(self.total.get().saturating_sub(partial.size()));
            partial.restart(&response)?;
            if !task.is_certain && is_page(partial.content_type()) {
                tracing::info!(file = task.name, "text_that_is_no_file");
                return Ok(false);
            }
        }
        if PartialFile::is_encoded(&response) {
            let what = "comes in a Content-Encoding, which was not requested";
            return Err(self.refuse(task, Some(url), what).into());
        }
        if let Some(length) = partial.length() {
            let left = length.saturating_sub(partial.size());
            self.check_sizes(task, Some(url), length, self.total.get().saturating_add(left))?;
        }
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.unavailable(task, url, error))?
        {
            let more = chunk.len() as u64;
            partial.append(chunk)?;
            self.count(task, Some(url), more, partial.size())?;
        }
        if partial.length().is_some_and(|length| length != partial.size()) {
            return Err(self.attempt_error(task, url, "sent another length than it had announced"));
        }
        Ok(true)
    }

    /// Sends a request and follows its redirects, each of which is checked.
    async fn request(
        &self,
        task: &Task,
        first: &Url,
        partial: &mut PartialFile,
    ) -> Result<Response, AttemptError> {
        let refuse = |what: &str| self.refuse(task, Some(first), what);
        let mut url = first.clone();
        let mut authorization = self.api.authorization_for(&url);
        for _ in 0..=MAX_REDIRECTS {
            self.guard.check(&url).map_err(refuse)?;
            let mut request = self.client.get(url.clone());
            if let Some(authorization) = authorization.take() {
                partial.has_token = true; // only for the first URL, which the service gave
                request = request.header(AUTHORIZATION, authorization.clone());
            }
            if let Some(version) = partial.version() {
                let range = format!("bytes={}-", partial.size());
                request = request.header(RANGE, range).header(IF_RANGE, version.clone());
            }
            let response = request.send().await.map_err(|error| {
                if is_refused(&error) {
                    return refuse(NOT_PUBLIC).into();
                }
                self.unavailable(task, first, error)
            })?;
            match response.status() {
                StatusCode::OK | StatusCode::PARTIAL_CONTENT => return Ok(response),
                StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::SEE_OTHER
                | StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT => {
                    let location = response.headers().get(LOCATION);
                    url = location
                        .and_then(|location| url.join(location.to_str().ok()?).ok())
                        .ok_or_else(|| refuse("is elsewhere, but nobody says where"))?;
                }
                StatusCode::RANGE_NOT_SATISFIABLE if partial.size() > 0 => {
                    partial.forget_version();
                    return Err(self.attempt_error(task, first, "does not continue it"));
                }
                status if is_transient(status) => {
                    let what = format!("answered {}", status.as_u16());
                    let mut attempt_error = self.attempt_error(task, first, &what);
                    attempt_error.requested_pause = http::requested_pause(status, response.headers(), &[]);
                    return Err(attempt_error);
                }
                StatusCode::NOT_FOUND if self.is_recent => {
                    return Err(self.attempt_error(
                        task,
                        first,
                        "answered 404, though it is not an hour old",
                    ));
                }
                status => {
                    let mut error = refuse(&format!("is not there: its server answered {}", status.as_u16()));
                    if task.is_certain && matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE) {
                        error = error.with_cause(Gone);
                    }
                    return Err(error.into());
                }
            }
        }
        Err(refuse(&format!("is more than {MAX_REDIRECTS} redirects away")).into())
    }

    /// The error of a file that no retry would fetch.
    pub(super) fn refuse(&self, task: &Task, url: Option<&Url>, what: &str) -> ProcessorError {
        let mut message = format!("{} {what}", self.describe(task, url));
        if !task.is_certain {
            message = format!("{message}; {}", untyped_hint());
        }
        ProcessorError::new(ErrorCode::ProviderResponse, message)
    }

    /// The error of a server that may do better later.
    fn attempt_error(&self, task: &Task, url: &Url, what: &str) -> AttemptError {
        let file = self.describe(task, Some(url));
        let message = format!("{file} cannot be fetched: its server {what}");
        retryable(ProcessorError::new(ErrorCode::ProviderUnavailable, message))
    }

    fn unavailable(&self, task: &Task, url: &Url, error: reqwest::Error) -> AttemptError {
        let file = self.describe(task, Some(url));
        let error = http::send_error(error);
        let is_final = http::is_unconnected(&error) && !error.code().is_retryable();
        let error = error.map_message(|message| format!("{file} cannot be fetched: {message}"));
        if is_final {
            return error.into();
        }
        retryable(error)
    }

    /// Names a file in a message.
    fn describe(&self, task: &Task, url: Option<&Url>) -> String {
        let name = &task.name;
        let Some(url) = url.map(|url| self.config.redact(&without_query(url))) else {
            return name.clone();
        };
        match url.char_indices().nth(LONGEST_URL) {
            None => format!("{name}, {url},"),
            Some((end, _)) => format!("{name}, {}...,", url.get(..end).unwrap_or_default()),
        }
    }
}
