//! As much of a file as has come, and what has to hold for the rest.

use std::io;

use bytes::Bytes;
use reqwest::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue,
};
use reqwest::{Response, Url};
use runtime::{HashedFile, ScratchFile};

use super::download::without_query;
use super::kind::keep_first;

/// A file that is coming along.
pub(super) struct Part {
    file: ScratchFile,
    first: Vec<u8>,
    content_type: Option<String>,
    /// Where it was, after all redirects.
    address: Option<Url>,
    length: Option<u64>,
    /// What tells one version of the file from another, and where it was: without both it cannot be gone on with.
    version: Option<(HeaderValue, String)>,
    /// Whether the token was shown for it.
    pub(super) has_token: bool,
}

impl Part {
    pub(super) const fn new(file: ScratchFile) -> Self {
        Self {
            file,
            first: Vec::new(),
            content_type: None,
            address: None,
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

    pub(super) const fn address(&self) -> Option<&Url> {
        self.address.as_ref()
    }

    /// How long the whole file is, as far as the server has told it.
    pub(super) const fn length(&self) -> Option<u64> {
        self.length
    }

    /// What only the rest is asked for by, where there is a beginning: a strong validator (RFC 9110, section 8.8.1).
    pub(super) fn version(&self) -> Option<&HeaderValue> {
        let version = self.version.as_ref().filter(|_| self.size() > 0);
        version.map(|(tag, _)| tag)
    }

    pub(super) fn forget_version(&mut self) {
        self.version = None;
    }

    /// Begins again, with an answer that has all of the file.
    pub(super) fn begin(&mut self, response: &Response) -> io::Result<()> {
        if self.size() > 0 {
            self.file.restart()?;
        }
        self.first.clear();
        let headers = response.headers();
        self.content_type = text(headers, CONTENT_TYPE).map(str::to_owned);
        self.address = Some(response.url().clone());
        self.length = text(headers, CONTENT_LENGTH).and_then(|length| length.parse().ok());
        self.version = tag(headers).map(|tag| (tag.clone(), without_query(response.url())));
        Ok(())
    }

    /// Whether an answer has the rest that was asked for, of the same version at the same place (RFC 9110, sections 14.4 and
    /// 15.3.7.3).
    pub(super) fn is_continued_by(&mut self, response: &Response) -> bool {
        let Some((start, whole)) = range(response.headers()) else {
            return false;
        };
        let is_same = self.version().is_some()
            && self.version.as_ref().is_some_and(|(version, url)| {
                tag(response.headers()) == Some(version) && without_query(response.url()) == *url
            });
        let length = self.length.or(whole);
        self.length = length;
        // of unknown length nobody could say whether it has come to its end
        is_same && start == self.size() && length.is_some() && whole.is_none_or(|whole| length == Some(whole))
    }

    /// Whether the bytes of an answer are coded (RFC 9110, section 8.4).
    pub(super) fn is_coded(response: &Response) -> bool {
        let mut codings = response.headers().get_all(CONTENT_ENCODING).iter();
        codings.any(|coding| !coding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"identity"))
    }

    pub(super) fn take(&mut self, piece: Bytes) -> io::Result<()> {
        keep_first(&mut self.first, &piece);
        self.file.write_concurrently(piece)
    }

    pub(super) fn finish(self) -> io::Result<HashedFile> {
        self.file.finish()
    }
}

/// An entity tag that is not weak: one that is may stay the same when bytes change.
fn tag(headers: &HeaderMap) -> Option<&HeaderValue> {
    headers.get(ETAG).filter(|tag| !tag.as_bytes().starts_with(b"W/"))
}

/// Where a part begins, and how long the whole is, if that is told.
fn range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let (range, whole) = text(headers, CONTENT_RANGE)?
        .strip_prefix("bytes ")?
        .split_once('/')?;
    let start = range.split_once('-')?.0.trim().parse().ok()?;
    Some((start, whole.trim().parse().ok()))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}
