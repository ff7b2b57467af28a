//! Reading what a run left, without taking its folders.

use std::io;

use super::prior::Verdict;
use super::staging::if_there;
use super::{EXECUTIONS, Folder, GLOBAL_RECEIPT, RECEIPT};
use crate::names::ExecutionId;
use crate::receipt::Status;
use crate::world_path::WritePrefix;

/// The bytes of an execution's receipt in its write prefix and of the global one, as far as they are there.
///
/// # Errors
///
/// Those of the disk.
pub fn receipts(root: &Folder, prefix: &WritePrefix, id: &ExecutionId) -> io::Result<[Option<Vec<u8>>; 2]> {
    let read = |folders: &[&str], name| match if_there(root.open_below(folders))? {
        Some(folder) => folder.read_file(name),
        None => Ok(None),
    };
    Ok([
        read(&prefix.segments(), RECEIPT)?,
        read(&[EXECUTIONS, id.as_str()], GLOBAL_RECEIPT)?,
    ])
}

/// How an execution ended, as far as its global receipt tells.
#[must_use]
pub fn status(root: &Folder, id: &ExecutionId) -> Option<Status> {
    let folder = root.open_below(&[EXECUTIONS, id.as_str()]).ok()?;
    let bytes = folder.read_file(GLOBAL_RECEIPT).ok()??;
    let verdict: Verdict = serde_json::from_slice(&bytes).ok()?;
    Some(verdict.status)
}
