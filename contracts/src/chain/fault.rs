//! Where a chain breaks, and how that is told.

use std::fmt;
use std::io;

use rustix::io::Errno;

/// Where the chain breaks.
#[derive(Debug)]
pub struct Fault {
    /// The world path of the file, as far as it has one.
    pub path: Option<String>,
    /// What is wrong with it.
    pub kind: FaultKind,
}

/// What may be wrong with a file that the chain speaks of.
#[derive(Debug)]
pub enum FaultKind {
    /// The receipt names no index.
    NoIndex,
    /// It is not there, or a folder above it is a symbolic link.
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
    /// It is no index by section 7.
    NotAnIndex,
    /// It lists outputs, but is not the one line, sorted and without a newline, that section 7 asks for.
    IndexForm,
    /// The index lists something that is not an output below the receipt's own folder.
    Elsewhere,
    /// The disk's trouble, which may pass.
    Unreadable(io::Error),
}

impl FaultKind {
    /// Whether nothing can be read under the name.
    #[must_use]
    pub const fn is_missing(&self) -> bool {
        matches!(self, Self::NoIndex | Self::Missing)
    }
}

impl Fault {
    pub(super) fn of(path: &str, kind: FaultKind) -> Self {
        Self {
            path: Some(path.to_owned()),
            kind,
        }
    }

    /// What is missing, or no longer a file, will not come back; anything else is the disk's trouble, and may pass.
    pub(super) fn io(path: &str, error: io::Error) -> Self {
        let kind = match Errno::from_io_error(&error) {
            Some(Errno::NOENT | Errno::NOTDIR) => FaultKind::Missing,
            Some(Errno::LOOP) => FaultKind::Link,
            None if error.kind() == io::ErrorKind::InvalidInput => FaultKind::NotAFile,
            _ => FaultKind::Unreadable(error),
        };
        Self::of(path, kind)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.as_deref().unwrap_or("the receipt");
        write!(f, "{path} {}", self.kind)
    }
}

/// What is said of the file, without its name.
impl fmt::Display for FaultKind {
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
