//! What does not verify, and where.

use std::fmt;
use std::io;

use crate::artifacts::ReadError;

/// A file that does not verify.
#[derive(Debug)]
pub struct VerifyError {
    /// The world path of the file; `None` for the receipt itself.
    pub path: Option<String>,
    /// What is wrong with it.
    pub kind: VerifyErrorKind,
}

/// What may be wrong with a file that a receipt or an index names.
#[derive(Debug)]
#[non_exhaustive]
pub enum VerifyErrorKind {
    /// The receipt names no index.
    NoIndex,
    /// It is not there, or a directory above it is a symbolic link.
    Missing,
    /// A symbolic link has its name.
    Link,
    /// Something other than a regular file has its name.
    NotAFile,
    /// It has another size than was written, in bytes.
    Size {
        /// The size that was written.
        written: u64,
        /// The size that it has.
        found: u64,
    },
    /// It has another SHA-256 than was written, in hex.
    Hash {
        /// The digest that was written.
        written: String,
        /// The digest that it has.
        found: String,
    },
    /// It is a receipt of the same execution with other bytes.
    OtherReceipt,
    /// It is not an index (`docs/spec.md#outputs-index`).
    NotAnIndex,
    /// It lists outputs, but not as one sorted line without a newline.
    IndexForm,
    /// The index lists something that is not an output below the receipt's own directory.
    Elsewhere,
    /// An error of the store, which may pass.
    Unreadable(io::Error),
}

impl VerifyErrorKind {
    /// Whether nothing can be read under the name.
    #[must_use]
    pub const fn is_missing(&self) -> bool {
        matches!(self, Self::NoIndex | Self::Missing)
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

impl From<ReadError> for VerifyErrorKind {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Missing => Self::Missing,
            ReadError::Link => Self::Link,
            ReadError::NotAFile => Self::NotAFile,
            ReadError::Io(error) => Self::Unreadable(error),
        }
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.as_deref().unwrap_or("the receipt");
        write!(f, "{path} {}", self.kind)
    }
}

/// A predicate for the file's name.
impl fmt::Display for VerifyErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoIndex => f.write_str("names no index"),
            Self::Missing => f.write_str("is missing"),
            Self::Link => f.write_str("is a symbolic link, which is not followed"),
            Self::NotAFile => f.write_str("is not a file"),
            Self::Size { written, found } => {
                write!(f, "has changed: size {found} where {written} was written")
            }
            Self::Hash { written, found } => {
                write!(f, "has changed: SHA-256 {found} where {written} was written")
            }
            Self::OtherReceipt => f.write_str("differs from the other receipt of this execution"),
            Self::NotAnIndex => f.write_str("is not an index"),
            Self::IndexForm => {
                f.write_str("is not one compact line, sorted by path and without a newline at the end")
            }
            Self::Elsewhere => {
                f.write_str("is not below the `outputs/` of the write prefix, and is listed in its index")
            }
            Self::Unreadable(error) => write!(f, "cannot be read: {error}"),
        }
    }
}
