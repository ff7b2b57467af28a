//! What does not verify, and where.

use std::fmt;

use thiserror::Error;

use crate::artifacts::ReadError;

/// A file that does not verify.
#[derive(Debug)]
pub struct VerifyError {
    /// The world path of the file; `None` for the receipt itself.
    pub path: Option<String>,
    /// What is wrong with it.
    pub kind: VerifyErrorKind,
}

/// What may be wrong with a file that a receipt or an index names. The message is a predicate for the file's name.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VerifyErrorKind {
    /// The receipt names no index.
    #[error("names no index")]
    NoIndex,
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It has another size than was written, in bytes.
    #[error("has changed: size {found} where {written} was written")]
    Size {
        /// The size that was written.
        written: u64,
        /// The size that it has.
        found: u64,
    },
    /// It has another SHA-256 than was written, in hex.
    #[error("has changed: SHA-256 {found} where {written} was written")]
    Hash {
        /// The digest that was written.
        written: String,
        /// The digest that it has.
        found: String,
    },
    /// It is a receipt of the same execution with other bytes.
    #[error("differs from the other receipt of this execution")]
    OtherReceipt,
    /// It is not an index (`docs/spec.md#outputs-index`).
    #[error("is not an index")]
    NotAnIndex,
    /// It lists outputs, but not as one sorted line without a newline.
    #[error("is not one compact line, sorted by path and without a newline at the end")]
    IndexForm,
    /// The index lists something that is not an output below the receipt's own directory.
    #[error("is not below the `outputs/` of the write prefix, and is listed in its index")]
    Elsewhere,
}

impl VerifyErrorKind {
    /// Whether nothing can be read under the name.
    #[must_use]
    pub const fn is_missing(&self) -> bool {
        matches!(self, Self::NoIndex | Self::Read(ReadError::Missing))
    }
}

impl VerifyError {
    pub(super) fn new(path: &str, kind: VerifyErrorKind) -> Self {
        Self {
            path: Some(path.to_owned()),
            kind,
        }
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.as_deref().unwrap_or("the receipt");
        write!(f, "{path} {}", self.kind)
    }
}
