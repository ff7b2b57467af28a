//! Verifies the chain that a success receipt begins: receipt, index, outputs (`docs/spec.md#verifying-a-run`).

mod error;
mod unlisted;

pub use error::{VerifyError, VerifyErrorKind};
pub use unlisted::unlisted;

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use documents::WorldPath;
use documents::hash::{sha256, sha256_of};
use documents::layout::OUTPUTS;
use documents::outputs::{Index, IndexEntry};
use documents::receipt::{Receipt, Rejected};

use crate::artifacts::{Artifacts, ReadError};

/// Hashing fewer bytes takes no longer than starting a thread for them.
const BYTES_PER_THREAD: u64 = 1024 * 1024;

/// An index as it was found, whatever is wrong with it.
#[derive(Debug)]
pub struct IndexReport {
    /// Its world path.
    pub path: WorldPath,
    /// Its length.
    pub size_bytes: u64,
    /// The outputs that it lists below the write prefix.
    pub entries: Vec<IndexEntry>,
    /// Everything that is wrong with the index itself.
    pub errors: Vec<VerifyError>,
}

/// Reads the index that a receipt names, and finds everything that is wrong with its hash and its form.
///
/// # Errors
///
/// The [`VerifyError`] of an index that cannot be read at all.
pub fn examine_index(artifacts: &dyn Artifacts, receipt: &Receipt) -> Result<IndexReport, VerifyError> {
    let path = receipt
        .outputs_index
        .as_deref()
        .and_then(|path| WorldPath::parse(path).ok())
        .ok_or(VerifyError {
            path: None,
            kind: VerifyErrorKind::NoIndex,
        })?;
    let text = path.as_str();
    let bytes = artifacts
        .read(&path)
        .map_err(|error| VerifyError::new(text, error.into()))?;
    let mut errors = Vec::new();
    let mut find = |path: &str, kind| errors.push(VerifyError::new(path, kind));
    let found = sha256(&bytes);
    if receipt.outputs_index_sha256.as_ref() != Some(&found) {
        let written = receipt.outputs_index_sha256.clone().unwrap_or_default();
        find(text, VerifyErrorKind::Hash { written, found });
    }
    let mut entries = Vec::new();
    match serde_json::from_slice::<Index>(&bytes) {
        Err(_) => find(text, VerifyErrorKind::NotAnIndex),
        Ok(index) => {
            if serde_json::to_vec(&index).ok().as_ref() != Some(&bytes)
                || !index.outputs.is_sorted_by(|a, b| a.path < b.path)
            {
                find(text, VerifyErrorKind::IndexForm);
            }
            let below = path.beside(&format!("{OUTPUTS}/"));
            for entry in index.outputs {
                match WorldPath::parse(&entry.path) {
                    Ok(output) if output.as_str() == entry.path && entry.path.starts_with(&below) => {
                        entries.push(entry);
                    }
                    Ok(_) | Err(_) => find(&entry.path, VerifyErrorKind::Elsewhere),
                }
            }
        }
    }
    Ok(IndexReport {
        size_bytes: bytes.len() as u64,
        path,
        entries,
        errors,
    })
}

/// Reads the index that a receipt names, and checks its hash and its form. Returns the outputs that it lists.
///
/// # Errors
///
/// The first [`VerifyError`].
pub fn index(artifacts: &dyn Artifacts, receipt: &Receipt) -> Result<Vec<IndexEntry>, VerifyError> {
    let report = examine_index(artifacts, receipt)?;
    match report.errors.into_iter().next() {
        Some(error) => Err(error),
        None => Ok(report.entries),
    }
}

/// Follows the whole chain. Returns the outputs that the index lists.
///
/// # Errors
///
/// The first [`VerifyError`].
pub fn success(artifacts: &dyn Artifacts, receipt: &Receipt) -> Result<Vec<IndexEntry>, VerifyError> {
    let entries = index(artifacts, receipt)?;
    match outputs(artifacts, &entries).into_iter().next() {
        Some((_, error)) => Err(error),
        None => Ok(entries),
    }
}

/// Checks that each output is there, with its size and its hash; large ones on as many threads as there are processors. Returns what
/// is wrong, by position in the list and in its order.
#[must_use]
pub fn outputs(artifacts: &dyn Artifacts, entries: &[IndexEntry]) -> Vec<(usize, VerifyError)> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut errors = Vec::new();
        while let position = next.fetch_add(1, Ordering::Relaxed)
            && let Some(entry) = entries.get(position)
        {
            let sha256 = entry.cid.strip_prefix("sha256:").unwrap_or_default();
            if let Err(error) = file(artifacts, &entry.path, sha256, entry.size_bytes) {
                errors.push((position, error));
            }
        }
        errors
    };
    let bytes = entries
        .iter()
        .fold(0, |sum: u64, entry| sum.saturating_add(entry.size_bytes));
    let useful = usize::try_from(bytes / BYTES_PER_THREAD).map_or(usize::MAX, |more| more.saturating_add(1));
    let threads = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(entries.len())
        .min(useful);
    let mut errors = thread::scope(|scope| {
        let others: Vec<_> = (1..threads)
            .filter_map(|_| thread::Builder::new().spawn_scoped(scope, work).ok())
            .collect();
        let mut errors = work();
        for other in others {
            match other.join() {
                Ok(more) => errors.extend(more),
                Err(panic) => std::panic::resume_unwind(panic), // its part of the list would be missing
            }
        }
        errors
    });
    errors.sort_by_key(|(position, _)| *position);
    errors
}

/// Checks that the rejected answer of a failure is there, with its size and its hash.
///
/// # Errors
///
/// The [`VerifyError`].
pub fn rejected(artifacts: &dyn Artifacts, answer: &Rejected) -> Result<(), VerifyError> {
    file(artifacts, &answer.path, &answer.sha256, answer.size_bytes)
}

fn file(artifacts: &dyn Artifacts, at: &str, sha256: &str, size_bytes: u64) -> Result<(), VerifyError> {
    let error = |kind| VerifyError::new(at, kind);
    let path = WorldPath::parse(at).map_err(|_| error(VerifyErrorKind::Elsewhere))?;
    let file = artifacts.open(&path).map_err(|cause| error(cause.into()))?;
    let size = |found| {
        let written = size_bytes;
        error(VerifyErrorKind::Size { written, found })
    };
    // a file of another size needs no hash
    if file.size_bytes != size_bytes {
        return Err(size(file.size_bytes));
    }
    let (found, read) = sha256_of(file).map_err(|cause| error(ReadError::Io(cause).into()))?;
    if read != size_bytes {
        Err(size(read))
    } else if found != sha256 {
        let written = sha256.to_owned();
        Err(error(VerifyErrorKind::Hash { written, found }))
    } else {
        Ok(())
    }
}

/// Checks that the other receipt of an execution has the same bytes.
///
/// # Errors
///
/// The [`VerifyError`].
pub fn twin(artifacts: &dyn Artifacts, path: &WorldPath, bytes: &[u8]) -> Result<(), VerifyError> {
    let error = |kind| VerifyError::new(path.as_str(), kind);
    if artifacts.read(path).map_err(|cause| error(cause.into()))? == bytes {
        Ok(())
    } else {
        Err(error(VerifyErrorKind::OtherReceipt))
    }
}
