//! A file that is being downloaded, and what must hold for its rest.

#[cfg(fuzzing)]
#[path = "../../../../fuzz/hooks/partial_file.rs"]
pub(super) mod fuzzing;

use std::io;

use bytes::Bytes;
use reqwest::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue,
};
use reqwest::{Response, Url};
use runtime::{ErrorCode, HashedFile, ProcessorError, ScratchFile};

use crate::file_source::without_query;

/// How many bytes the detection of the file type looks at.
const FIRST_BYTES: usize = 512;

pub(super) struct PartialFile {
    file: ScratchFile,
    first: Vec<u8>,
    content_type: Option<String>,
    /// Its URL after all redirects.
    url: Option<Url>,
    length: Option<u64>,
    /// The entity tag and the URL of the file: without both the download cannot be resumed.
    version: Option<(HeaderValue, String)>,
    /// Whether the token was sent for it.
    pub(super) has_token: bool,
}

impl PartialFile {
    pub(super) const fn new(file: ScratchFile) -> Self {
        Self {
            file,
            first: Vec::new(),
            content_type: None,
            url: None,
            length: None,
            version: None,
            has_token: false,
        }
    }

    pub(super) const fn size(&self) -> u64 {
        self.file.size()
    }

    pub(super) fn first(&self) -> &[u8] {
        &self.first
    }

    pub(super) fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    pub(super) const fn url(&self) -> Option<&Url> {
        self.url.as_ref()
    }

    /// The length of the whole file, if the server has announced it.
    pub(super) const fn length(&self) -> Option<u64> {
        self.length
    }

    /// The strong validator for a request of the rest (RFC 9110, section 8.8.1), once there is a beginning.
    pub(super) fn version(&self) -> Option<&HeaderValue> {
        let version = self.version.as_ref().filter(|_| self.size() > 0);
        version.map(|(tag, _)| tag)
    }

    pub(super) fn forget_version(&mut self) {
        self.version = None;
    }

    /// Starts over with an answer that has the whole file.
    ///
    /// # Errors
    ///
    /// `ERR_OUTPUT_WRITE`.
    pub(super) fn restart(&mut self, response: &Response) -> Result<(), ProcessorError> {
        if self.size() > 0 {
            self.file.restart().map_err(unwritable)?;
        }
        self.first.clear();
        let headers = response.headers();
        self.content_type = header(headers, CONTENT_TYPE).map(str::to_owned);
        self.url = Some(response.url().clone());
        self.length = header(headers, CONTENT_LENGTH).and_then(|length| length.parse().ok());
        self.version = strong_etag(headers).map(|tag| (tag.clone(), without_query(response.url())));
        Ok(())
    }

    /// Whether an answer has the requested rest of the same version at the same URL (RFC 9110, sections 14.4 and 15.3.7.3).
    pub(super) fn is_continued_by(&mut self, response: &Response) -> bool {
        let Some((start, whole)) = content_range(response.headers()) else {
            return false;
        };
        let is_same = self.version().is_some()
            && self.version.as_ref().is_some_and(|(version, url)| {
                strong_etag(response.headers()) == Some(version) && without_query(response.url()) == *url
            });
        let length = self.length.or(whole);
        self.length = length;
        // without a length it would stay unknown whether the file is complete
        is_same && start == self.size() && length.is_some() && whole.is_none_or(|whole| length == Some(whole))
    }

    /// Whether the body of an answer has a content coding (RFC 9110, section 8.4).
    pub(super) fn is_encoded(response: &Response) -> bool {
        let mut codings = response.headers().get_all(CONTENT_ENCODING).iter();
        codings.any(|coding| !coding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"identity"))
    }

    /// Writes the next chunk.
    ///
    /// # Errors
    ///
    /// `ERR_OUTPUT_WRITE`.
    pub(super) fn append(&mut self, chunk: Bytes) -> Result<(), ProcessorError> {
        let missing = FIRST_BYTES.saturating_sub(self.first.len()).min(chunk.len());
        self.first
            .extend_from_slice(chunk.get(..missing).unwrap_or_default());
        self.file.write_concurrently(chunk).map_err(unwritable)
    }

    /// Completes the file.
    ///
    /// # Errors
    ///
    /// `ERR_OUTPUT_WRITE`.
    pub(super) fn finish(self) -> Result<HashedFile, ProcessorError> {
        self.file.finish().map_err(unwritable)
    }
}

fn unwritable(error: io::Error) -> ProcessorError {
    ProcessorError::new(
        ErrorCode::OutputWrite,
        format!("a file of the output cannot be written: {error}; make room, then run it again"),
    )
}

/// A weak entity tag may stay the same when bytes change.
fn strong_etag(headers: &HeaderMap) -> Option<&HeaderValue> {
    headers.get(ETAG).filter(|tag| !tag.as_bytes().starts_with(b"W/"))
}

/// The start of a range, and the length of the whole file if given (RFC 9110, section 14.4). `None` for one without an end, or that
/// ends before it starts or beyond the file.
fn content_range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let (range, whole) = header(headers, CONTENT_RANGE)?
        .strip_prefix("bytes ")?
        .split_once('/')?;
    let (start, end) = range.split_once('-')?;
    let (start, end) = (number(start)?, number(end)?);
    let whole = match whole.trim() {
        "*" => None,
        whole => Some(number(whole)?),
    };
    let is_valid = start <= end && whole.is_none_or(|whole| end < whole);
    is_valid.then_some((start, whole))
}

/// Digits alone: a sign is none.
fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

fn header(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_a_start_and_an_end_within_the_file() {
        for (range, expected) in [
            ("bytes 0-2/3", Some((0, Some(3)))),
            ("bytes 2-2/3", Some((2, Some(3)))),
            ("bytes 5-9/*", Some((5, None))),
            ("bytes 5-1/3", None),
            ("bytes 5-/3", None),
            ("bytes 1-3/3", None),
            ("bytes -1/3", None),
            ("bytes 0-+2/3", None),
            ("bytes 0-2/x", None),
            ("bytes */3", None),
            ("items 0-2/3", None),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_RANGE, HeaderValue::from_static(range))]);
            assert_eq!(content_range(&headers), expected, "{range}");
        }
    }
}
