//! One file from an address that a model has named.

use std::cell::Cell;
use std::io;

use reqwest::header::{AUTHORIZATION, IF_RANGE, LOCATION, RANGE};
use reqwest::{Client, Response, StatusCode, Url};
use runtime::http::{self, Again, Retries, Setback};
use runtime::{Config, ErrorCode, ProcessorError, ScratchFile};

use super::guard::{Guard, NOT_PUBLIC, is_refused};
use super::kind::{Kind, is_page};
use super::limits::way_out;
use super::part::Part;
use super::{Fetched, Limits, Task};
use crate::api::{Api, is_busy};
use crate::output::Address;

const MOST_HOPS: usize = 5;
/// As long as nothing more of a file has come.
const RETRIES: u32 = 4;
/// A longer address is not told in a message, which has other things to say, in characters.
const LONGEST_TOLD: usize = 200;

/// What all downloads of an output have in common.
pub(super) struct Downloads<'a> {
    config: &'a Config,
    client: Client,
    guard: Guard,
    api: &'a Api,
    limits: &'a Limits,
    total: Cell<u64>,
    /// Whether the service must still have what it does not find.
    is_young: bool,
}

/// The service keeps files for an hour.
#[derive(Debug, thiserror::Error)]
#[error("the file is not there any more")]
pub(crate) struct Gone;

impl<'a> Downloads<'a> {
    pub(super) fn new(
        config: &'a Config,
        api: &'a Api,
        limits: &'a Limits,
        is_young: bool,
    ) -> Result<Self, ProcessorError> {
        let guard = Guard {
            loopback: limits.loopback,
        };
        Ok(Self {
            config,
            client: guard.client(config)?,
            guard,
            api,
            limits,
            total: Cell::new(0),
            is_young,
        })
    }

    /// Checks as much of an address as can be told without asking anybody.
    ///
    /// # Errors
    ///
    /// `ERR_PROVIDER_RESPONSE` that names the file.
    pub(super) fn check_address(&self, task: &Task, address: &Address) -> Result<(), ProcessorError> {
        match address {
            Address::Remote(url) => {
                let checked = self.guard.check(url);
                checked.map_err(|what| self.refused(task, Some(url), what))
            }
            Address::Inline(_) => Ok(()),
            Address::Nowhere => Err(self.refused(task, None, "has no address that can be read")),
        }
    }

    /// Fetches a file; `None` where no schema says that it is one, and it turns out to be a page.
    ///
    /// # Errors
    ///
    /// Those of [`fetch`](super::fetch).
    pub(super) async fn fetch(
        &self,
        task: &Task,
        url: &Url,
        file: ScratchFile,
    ) -> Result<Option<Fetched>, ProcessorError> {
        let mut part = Part::new(file);
        let mut furthest = 0;
        let host = url.host_str().unwrap_or_default();
        let mut retries = Retries::new(host, RETRIES, self.config.deadline());
        let fetched = http::retry(&mut retries, async || {
            self.go_on(task, url, &mut part)
                .await
                .map_err(|setback| match setback.again {
                    Again::Counted if part.size() > furthest => {
                        furthest = part.size();
                        Setback {
                            again: Again::Anew,
                            ..setback
                        }
                    }
                    _ => setback,
                })
        });
        match fetched.await? {
            true => Self::finish(url, part).map(Some),
            false => Ok(None),
        }
    }

    /// Counts bytes that have come, of a file that has or will have this size.
    pub(super) fn count(
        &self,
        task: &Task,
        url: Option<&Url>,
        more: u64,
        size: u64,
    ) -> Result<(), ProcessorError> {
        self.total.set(self.total.get().saturating_add(more));
        self.check(task, url, size, self.total.get())
    }

    /// Bytes that had come are not a part of a file any more.
    pub(super) fn uncount(&self, bytes: u64) {
        self.total.set(self.total.get().saturating_sub(bytes));
    }

    fn check(&self, task: &Task, url: Option<&Url>, size: u64, total: u64) -> Result<(), ProcessorError> {
        let checked = self
            .limits
            .check_file(size)
            .and_then(|()| self.limits.check_total(total));
        checked.map_err(|what| self.refused(task, url, &what))
    }

    /// Asks for what is missing, and writes what comes; `false` where it is no file.
    async fn go_on(&self, task: &Task, url: &Url, part: &mut Part) -> Result<bool, Setback> {
        let mut response = self.request(task, url, part).await?;
        if response.status() == StatusCode::PARTIAL_CONTENT {
            if !part.is_continued_by(&response) {
                part.forget_version(); // from the beginning, the next time
                return Err(self.passing(task, url, "sent another part of it than was asked for"));
            }
        } else {
            self.uncount(part.size());
            part.begin(&response).map_err(unwritable)?;
            if !task.is_certain && is_page(part.content_type()) {
                tracing::info!(file = task.name, "text_that_is_no_file");
                return Ok(false);
            }
        }
        if Part::is_coded(&response) {
            let what = "comes in a Content-Encoding, which nobody has asked for";
            return Err(self.refused(task, Some(url), what).into());
        }
        if let Some(length) = part.length() {
            let left = length.saturating_sub(part.size());
            self.check(task, Some(url), length, self.total.get().saturating_add(left))?;
        }
        loop {
            let piece = response.chunk().await;
            let piece = piece.map_err(|error| self.unavailable(task, url, http::send_error(error)))?;
            let Some(piece) = piece else { break };
            let more = piece.len() as u64;
            part.take(piece).map_err(unwritable)?;
            self.count(task, Some(url), more, part.size())?;
        }
        match part.length() {
            Some(length) if length != part.size() => {
                Err(self.passing(task, url, "sent another length than it had promised"))
            }
            _ => Ok(true),
        }
    }

    /// Sends a request, and follows where it leads, each hop checked.
    async fn request(&self, task: &Task, first: &Url, part: &mut Part) -> Result<Response, Setback> {
        let refused = |what: &str| self.refused(task, Some(first), what);
        let mut url = first.clone();
        let mut authorization = self.api.authorization_for(&url);
        for _ in 0..=MOST_HOPS {
            self.guard.check(&url).map_err(refused)?;
            let mut request = self.client.get(url.clone());
            if let Some(authorization) = authorization.take() {
                part.has_token = true; // at the address that the service itself has given, and no further
                request = request.header(AUTHORIZATION, authorization.clone());
            }
            if let Some(version) = part.version() {
                let range = format!("bytes={}-", part.size());
                request = request.header(RANGE, range).header(IF_RANGE, version.clone());
            }
            let response = request.send().await.map_err(|error| match is_refused(&error) {
                true => refused(NOT_PUBLIC).into(),
                false => self.unavailable(task, first, http::send_error(error)),
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
                        .ok_or_else(|| refused("is elsewhere, but nobody says where"))?;
                }
                StatusCode::RANGE_NOT_SATISFIABLE if part.size() > 0 => {
                    part.forget_version();
                    return Err(self.passing(task, first, "does not go on with it"));
                }
                status if is_busy(status) => {
                    let told = http::told_pause(status, response.headers(), &[]);
                    let what = format!("answered {}", status.as_u16());
                    return Err(Setback {
                        told,
                        ..self.passing(task, first, &what)
                    });
                }
                StatusCode::NOT_FOUND if self.is_young => {
                    return Err(self.passing(task, first, "answered 404, though it is not an hour old"));
                }
                status => {
                    let error = refused(&format!("is not there: its server answered {}", status.as_u16()));
                    let is_gone = matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE);
                    return Err(Setback::last(match is_gone && task.is_certain {
                        true => error.with_cause(Gone),
                        false => error,
                    }));
                }
            }
        }
        Err(refused(&format!("is more than {MOST_HOPS} redirects away")).into())
    }

    fn finish(url: &Url, part: Part) -> Result<Fetched, ProcessorError> {
        let addresses: Vec<_> = [Some(url), part.address()].into_iter().flatten().collect();
        let kind = Kind::of(part.content_type(), part.first(), &addresses);
        let has_token = part.has_token;
        let written = part.finish().map_err(unwritable)?;
        Ok(Fetched::new(written, has_token, kind, without_query(url)))
    }

    /// A file that is not fetched, whatever is tried.
    pub(super) fn refused(&self, task: &Task, url: Option<&Url>, what: &str) -> ProcessorError {
        let way_out = match task.is_certain {
            true => String::new(),
            false => format!("; {}", way_out()),
        };
        let message = format!("{} {what}{way_out}", self.told(task, url));
        ProcessorError::new(ErrorCode::ProviderResponse, message)
    }

    fn told(&self, task: &Task, url: Option<&Url>) -> String {
        let name = &task.name;
        let Some(url) = url.map(|url| self.config.redact(&without_query(url))) else {
            return name.clone();
        };
        match url.char_indices().nth(LONGEST_TOLD) {
            None => format!("{name}, {url},"),
            Some((end, _)) => format!("{name}, {}...,", url.get(..end).unwrap_or_default()),
        }
    }

    fn busy(&self, task: &Task, url: &Url, what: &str) -> ProcessorError {
        let message = format!(
            "{} cannot be fetched: its server {what}",
            self.told(task, Some(url))
        );
        ProcessorError::new(ErrorCode::ProviderUnavailable, message)
    }

    fn passing(&self, task: &Task, url: &Url, what: &str) -> Setback {
        Setback {
            error: self.busy(task, url, what),
            again: Again::Counted,
            told: None,
        }
    }

    fn unavailable(&self, task: &Task, url: &Url, error: ProcessorError) -> Setback {
        let told = self.told(task, Some(url));
        let error = error.map_message(|message| format!("{told} cannot be fetched: {message}"));
        Setback {
            error,
            again: Again::Counted,
            told: None,
        }
    }
}

pub(super) fn unwritable(error: io::Error) -> ProcessorError {
    ProcessorError::new(
        ErrorCode::OutputWrite,
        format!("a file of the output cannot be written: {error}; make room, then run it again"),
    )
}

/// What follows `?` may be a signature that opens the file to anybody.
pub(super) fn without_query(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    let _ = url.set_username(""); // an address that cannot have one has none
    let _ = url.set_password(None);
    url.into()
}
