//! What a provider gives to be written.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::scratch::Written;

/// One file that a run produced.
#[derive(Debug)]
pub struct OutputItem {
    /// Where it goes below the write prefix: `outputs/...`, in canonical form (section 5 of the contracts).
    pub relpath: String,
    /// Its content.
    pub body: Body,
    /// Its media type (RFC 6838), e.g. `application/json`.
    pub mime: String,
    /// Facts about it for the log.
    pub meta: BTreeMap<String, String>,
}

impl OutputItem {
    /// A file whose content is in memory.
    pub fn bytes(relpath: impl Into<String>, mime: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self {
            relpath: relpath.into(),
            body: Body::Bytes(body.into()),
            mime: mime.into(),
            meta: BTreeMap::new(),
        }
    }

    /// A file whose content is a finished file in the provider's scratch folder; it is moved, not copied.
    pub fn file(relpath: impl Into<String>, mime: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        Self {
            relpath: relpath.into(),
            body: Body::File(path.into()),
            mime: mime.into(),
            meta: BTreeMap::new(),
        }
    }

    /// A file that was hashed as it was written to the scratch folder, and is not read again.
    pub fn written(relpath: impl Into<String>, mime: impl Into<String>, written: Written) -> Self {
        Self {
            body: Body::Written(written),
            ..Self::file(relpath, mime, PathBuf::new())
        }
    }

    /// A file as [`OutputItem::file`] whose content comes from a place that a credential was sent to: it is searched for the
    /// values of secrets before it is committed, as an output in memory is.
    pub fn searched_file(
        relpath: impl Into<String>,
        mime: impl Into<String>,
        path: impl Into<PathBuf>,
    ) -> Self {
        Self {
            body: Body::SearchedFile(path.into()),
            ..Self::file(relpath, mime, PathBuf::new())
        }
    }
}

/// An output's content.
#[derive(Debug)]
pub enum Body {
    /// In memory; searched for the values of secrets before it is committed.
    Bytes(Vec<u8>),
    /// A regular file in the provider's scratch folder, not a link, closed by the provider; it may be larger than memory.
    File(PathBuf),
    /// The same, searched for the values of secrets.
    SearchedFile(PathBuf),
    /// The same, hashed as it was written.
    Written(Written),
}
