//! The chain that a success receipt begins: receipt -> index -> outputs (section 8).

use std::fmt;
use std::io;

use rustix::io::Errno;

use crate::hash::{sha256, sha256_of};
use crate::outputs::{Index, IndexEntry};
use crate::receipt::Receipt;
use crate::store::Folder;
use crate::world_path::WorldPath;

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
    /// It is not there, or reached through a symbolic link.
    Missing,
    /// Something other than a regular file has its name.
    NotAFile,
    /// Its bytes are not those that were written.
    Changed,
    /// It is no index by section 7.
    NotAnIndex,
    /// The index lists something that is not below the receipt's own folder.
    Elsewhere,
    /// The disk's trouble, which may pass.
    Unreadable(io::Error),
}

impl Fault {
    fn of(path: &str, kind: FaultKind) -> Self {
        Self {
            path: Some(path.to_owned()),
            kind,
        }
    }

    /// What is missing, or no longer a file, will not come back; anything else is the disk's trouble, and may pass.
    fn io(path: &str, error: io::Error) -> Self {
        let kind = match Errno::from_io_error(&error) {
            Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => FaultKind::Missing,
            None if error.kind() == io::ErrorKind::InvalidInput => FaultKind::NotAFile,
            _ => FaultKind::Unreadable(error),
        };
        Self::of(path, kind)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.as_deref().unwrap_or("the receipt");
        match &self.kind {
            FaultKind::NoIndex => write!(f, "{path} names no index"),
            FaultKind::Missing => write!(f, "{path} is missing"),
            FaultKind::NotAFile => write!(f, "{path} is not a file"),
            FaultKind::Changed => write!(f, "{path} has changed"),
            FaultKind::NotAnIndex => write!(f, "{path} is not an index"),
            FaultKind::Elsewhere => write!(
                f,
                "{path} is not below the write prefix, and is listed in its index"
            ),
            FaultKind::Unreadable(error) => write!(f, "{path} cannot be read: {error}"),
        }
    }
}

/// The index that a success receipt names, with its folder.
#[derive(Debug)]
pub struct Indexed {
    /// The write prefix.
    pub folder: Folder,
    /// The outputs, as the index lists them.
    pub entries: Vec<IndexEntry>,
}

/// Reads the index that a receipt names, and checks its hash and its form.
///
/// # Errors
///
/// The first [`Fault`].
pub fn index(root: &Folder, receipt: &Receipt) -> Result<Indexed, Fault> {
    let path = receipt
        .outputs_index
        .as_deref()
        .and_then(|path| WorldPath::parse(path).ok())
        .ok_or(Fault {
            path: None,
            kind: FaultKind::NoIndex,
        })?;
    let text = path.as_str();
    let (folders, name) = path.split();
    let folder = root
        .open_below(&folders)
        .map_err(|error| Fault::io(text, error))?;
    let bytes = folder
        .read_file(name)
        .map_err(|error| Fault::io(text, error))?
        .ok_or_else(|| Fault::of(text, FaultKind::Missing))?;
    if receipt.outputs_index_sha256.as_deref() != Some(&sha256(&bytes)) {
        return Err(Fault::of(text, FaultKind::Changed));
    }
    let index: Index = serde_json::from_slice(&bytes).map_err(|_| Fault::of(text, FaultKind::NotAnIndex))?;
    let prefix = text.strip_suffix(name).unwrap_or(text);
    for entry in &index.outputs {
        match WorldPath::parse(&entry.path) {
            Ok(output) if output.as_str() == entry.path && entry.path.starts_with(prefix) => {}
            Ok(_) => return Err(Fault::of(&entry.path, FaultKind::Elsewhere)),
            Err(_) => return Err(Fault::of(text, FaultKind::NotAnIndex)),
        }
    }
    Ok(Indexed {
        folder,
        entries: index.outputs,
    })
}

/// Checks that an output is there, with its size and its hash.
///
/// # Errors
///
/// The [`Fault`].
pub fn output(root: &Folder, entry: &IndexEntry) -> Result<(), Fault> {
    let path = WorldPath::parse(&entry.path).map_err(|_| Fault::of(&entry.path, FaultKind::Elsewhere))?;
    let (folders, name) = path.split();
    let file = root
        .open_below(&folders)
        .and_then(|folder| folder.open_file(name))
        .map_err(|error| Fault::io(&entry.path, error))?;
    // a file of another size needs no hash
    if file
        .metadata()
        .is_ok_and(|metadata| metadata.len() != entry.size_bytes)
    {
        return Err(Fault::of(&entry.path, FaultKind::Changed));
    }
    let (hash, size_bytes) = sha256_of(file).map_err(|error| Fault::io(&entry.path, error))?;
    match size_bytes == entry.size_bytes && entry.cid == format!("sha256:{hash}") {
        true => Ok(()),
        false => Err(Fault::of(&entry.path, FaultKind::Changed)),
    }
}

/// Follows the whole chain to its first [`Fault`].
///
/// # Errors
///
/// That fault.
pub fn follow(root: &Folder, receipt: &Receipt) -> Result<Indexed, Fault> {
    let indexed = index(root, receipt)?;
    indexed.entries.iter().try_for_each(|entry| output(root, entry))?;
    Ok(indexed)
}
