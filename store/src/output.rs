//! The files that a provider produces.

use std::collections::BTreeMap;
use std::path::PathBuf;

use documents::outputs::check_paths;
use documents::{Error, WorldPath, WritePrefix};

use crate::scratch::HashedFile;

/// One file that a run produced.
#[derive(Debug)]
pub struct OutputItem {
    /// Where it goes below the write prefix: `outputs/...`, in canonical form (`docs/spec.md#world-paths`).
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
        Self::new(relpath.into(), mime.into(), Body::Bytes(body.into()))
    }

    /// A file whose content is a finished file in the provider's scratch directory; it is moved, not copied.
    pub fn file(relpath: impl Into<String>, mime: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        Self::new(relpath.into(), mime.into(), Body::File(path.into()))
    }

    /// A file that was hashed as it was written to the scratch directory, and is not read again.
    pub fn hashed(relpath: impl Into<String>, mime: impl Into<String>, hashed: HashedFile) -> Self {
        Self::new(relpath.into(), mime.into(), Body::Hashed(hashed))
    }

    /// Like [`OutputItem::file`], for content from a service that a credential was sent to: it is searched for the values of secrets
    /// before it is committed, as an output in memory is.
    pub fn searched_file(
        relpath: impl Into<String>,
        mime: impl Into<String>,
        path: impl Into<PathBuf>,
    ) -> Self {
        Self::new(relpath.into(), mime.into(), Body::SearchedFile(path.into()))
    }

    fn new(relpath: String, mime: String, body: Body) -> Self {
        Self {
            relpath,
            body,
            mime,
            meta: BTreeMap::new(),
        }
    }
}

/// An output's content.
#[derive(Debug)]
pub enum Body {
    /// In memory; searched for the values of secrets before it is committed.
    Bytes(Vec<u8>),
    /// A regular file in the provider's scratch directory, not a link, closed by the provider; it may be larger than memory.
    File(PathBuf),
    /// The same, searched for the values of secrets.
    SearchedFile(PathBuf),
    /// The same, hashed as it was written.
    Hashed(HashedFile),
}

/// Checks the paths of outputs, and sorts the outputs by them.
///
/// # Errors
///
/// `ERR_OUTPUT_PATH` and `ERR_OUTPUT_DUPLICATE`.
pub(crate) fn sort_outputs(
    outputs: Vec<OutputItem>,
    prefix: &WritePrefix,
) -> Result<Vec<(WorldPath, OutputItem)>, Error> {
    let paths = check_paths(outputs.iter().map(|output| output.relpath.as_str()), prefix)?;
    let mut outputs: Vec<_> = paths.into_iter().zip(outputs).collect();
    outputs.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(outputs)
}
