//! The chain that a success receipt begins: receipt -> index -> outputs (section 8).

mod fault;
mod unlisted;

pub use fault::{Fault, FaultKind};
pub use unlisted::unlisted;

use crate::hash::{sha256, sha256_of};
use crate::outputs::{FOLDER, Index, IndexEntry};
use crate::receipt::{Receipt, Rejected};
use crate::store::Folder;
use crate::world_path::WorldPath;

/// The index that a success receipt names, with its folder.
#[derive(Debug)]
pub struct Indexed {
    /// The write prefix.
    pub folder: Folder,
    /// The outputs, as the index lists them.
    pub entries: Vec<IndexEntry>,
}

/// An index as it was found, whatever is wrong with it.
#[derive(Debug)]
pub struct Survey {
    /// Its world path.
    pub path: WorldPath,
    /// The write prefix.
    pub folder: Folder,
    /// Its length.
    pub size_bytes: u64,
    /// The outputs that it lists below the write prefix.
    pub entries: Vec<IndexEntry>,
    /// All that is wrong with the index itself.
    pub faults: Vec<Fault>,
}

/// Reads the index that a receipt names, and finds everything that is wrong with its hash and its form.
///
/// # Errors
///
/// The [`Fault`] of an index that cannot be read at all.
pub fn survey(root: &Folder, receipt: &Receipt) -> Result<Survey, Fault> {
    let path = receipt
        .outputs_index
        .as_deref()
        .and_then(|path| WorldPath::parse(path).ok())
        .ok_or(Fault {
            path: None,
            kind: FaultKind::NoIndex,
        })?;
    let (folder, bytes) = read(root, &path)?;
    let mut faults = Vec::new();
    let mut find = |path: &str, kind| faults.push(Fault::of(path, kind));
    let text = path.as_str();
    let found = sha256(&bytes);
    if receipt.outputs_index_sha256.as_ref() != Some(&found) {
        let written = receipt.outputs_index_sha256.clone().unwrap_or_default();
        find(text, FaultKind::Hash { written, found });
    }
    let mut entries = Vec::new();
    match serde_json::from_slice::<Index>(&bytes) {
        Err(_) => find(text, FaultKind::NotAnIndex),
        Ok(index) => {
            if serde_json::to_vec(&index).ok().as_ref() != Some(&bytes)
                || !index.outputs.is_sorted_by(|a, b| a.path < b.path)
            {
                find(text, FaultKind::IndexForm);
            }
            let below = path.beside(FOLDER);
            for entry in index.outputs {
                match WorldPath::parse(&entry.path) {
                    Ok(output) if output.as_str() == entry.path && entry.path.starts_with(&below) => {
                        entries.push(entry);
                    }
                    Ok(_) | Err(_) => find(&entry.path, FaultKind::Elsewhere),
                }
            }
        }
    }
    Ok(Survey {
        size_bytes: bytes.len() as u64,
        path,
        folder,
        entries,
        faults,
    })
}

/// Reads the index that a receipt names, and checks its hash and its form.
///
/// # Errors
///
/// The first [`Fault`].
pub fn index(root: &Folder, receipt: &Receipt) -> Result<Indexed, Fault> {
    let survey = survey(root, receipt)?;
    match survey.faults.into_iter().next() {
        Some(fault) => Err(fault),
        None => Ok(Indexed {
            folder: survey.folder,
            entries: survey.entries,
        }),
    }
}

/// Checks that an output is there, with its size and its hash.
///
/// # Errors
///
/// The [`Fault`].
pub fn output(root: &Folder, entry: &IndexEntry) -> Result<(), Fault> {
    let written = entry.cid.strip_prefix("sha256:").unwrap_or_default();
    file(root, &entry.path, written, entry.size_bytes)
}

/// Checks that the answer that a failure could not use is there, with its size and its hash.
///
/// # Errors
///
/// The [`Fault`].
pub fn rejected(root: &Folder, answer: &Rejected) -> Result<(), Fault> {
    file(root, &answer.path, &answer.sha256, answer.size_bytes)
}

fn file(root: &Folder, at: &str, written: &str, size_bytes: u64) -> Result<(), Fault> {
    let path = WorldPath::parse(at).map_err(|_| Fault::of(at, FaultKind::Elsewhere))?;
    let (folders, name) = path.split();
    let file = root
        .open_below(&folders)
        .and_then(|folder| folder.open_file(name))
        .map_err(|error| Fault::io(at, error))?;
    let size = |found| {
        let written = size_bytes;
        Fault::of(at, FaultKind::Size { written, found })
    };
    // a file of another size needs no hash
    if let Ok(metadata) = file.metadata()
        && metadata.len() != size_bytes
    {
        return Err(size(metadata.len()));
    }
    let (found, read) = sha256_of(file).map_err(|error| Fault::io(at, error))?;
    if read != size_bytes {
        Err(size(read))
    } else if found != written {
        let written = written.to_owned();
        Err(Fault::of(at, FaultKind::Hash { written, found }))
    } else {
        Ok(())
    }
}

/// Checks that the other receipt of an execution has the same bytes.
///
/// # Errors
///
/// The [`Fault`].
pub fn twin(root: &Folder, path: &WorldPath, bytes: &[u8]) -> Result<(), Fault> {
    match read(root, path)?.1 == bytes {
        true => Ok(()),
        false => Err(Fault::of(path.as_str(), FaultKind::OtherReceipt)),
    }
}

/// A file and its folder.
fn read(root: &Folder, path: &WorldPath) -> Result<(Folder, Vec<u8>), Fault> {
    let (folders, name) = path.split();
    let fault = |error| Fault::io(path.as_str(), error);
    let folder = root.open_below(&folders).map_err(fault)?;
    let bytes = folder.read_file(name).map_err(fault)?;
    let bytes = bytes.ok_or_else(|| Fault::of(path.as_str(), FaultKind::Missing))?;
    Ok((folder, bytes))
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
