//! Which outputs may be committed, and the index that lists them.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;

use serde::{Deserialize, Serialize};

use crate::error::{ErrorCode, ProcessorError};
use crate::item::{Body, OutputItem};
use crate::redact::Redactor;
use crate::world_path::{WorldPath, WritePrefix, canonical};

/// Below the write prefix, the folder that every output is in.
pub(crate) const FOLDER: &str = "outputs/";

/// One output, as the index and the envelope list it; fields in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndexEntry {
    /// A world path.
    pub path: String,
    /// `sha256:` and the hex digest of its bytes.
    pub cid: String,
    /// Its length.
    pub size_bytes: u64,
    /// Its media type, as the provider gave it.
    pub mime: String,
}

/// `outputs.json`: one line, sorted by path.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Sorted by path.
    pub outputs: Vec<IndexEntry>,
}

/// Checks where the outputs want to go; gives their world paths in the same order.
///
/// # Errors
///
/// `ERR_OUTPUT_PATH` and `ERR_OUTPUT_DUPLICATE`; then nothing may be committed.
pub fn check_paths(outputs: &[OutputItem], prefix: &WritePrefix) -> Result<Vec<WorldPath>, ProcessorError> {
    let mut paths = Vec::with_capacity(outputs.len());
    let mut spelled_wrong = None;
    for output in outputs {
        let relpath = &output.relpath;
        let refuse = |why: &str| {
            ProcessorError::new(
                ErrorCode::OutputPath,
                format!("an output of the provider cannot be written: {why}: {relpath:?}"),
            )
        };
        let path = canonical(relpath).map_err(|error| refuse(error.message()))?;
        if !path.starts_with(FOLDER) || relpath.starts_with('/') {
            return Err(refuse("its relpath does not begin with `outputs/`"));
        }
        let world_path = prefix.path(&path).map_err(|error| refuse(error.message()))?;
        if path != *relpath {
            spelled_wrong.get_or_insert_with(|| refuse("its relpath is not in canonical form"));
        }
        paths.push(world_path);
    }
    check_duplicates(&paths)?;
    spelled_wrong.map_or(Ok(paths), Err)
}

fn check_duplicates(paths: &[WorldPath]) -> Result<(), ProcessorError> {
    let mut taken = BTreeSet::new();
    for path in paths {
        if !taken.insert(path.as_str()) {
            return Err(ProcessorError::new(
                ErrorCode::OutputDuplicate,
                format!("the provider gave two outputs for {path}"),
            ));
        }
    }
    for path in paths {
        let mut folder = path.as_str();
        while let Some((above, _)) = folder.rsplit_once('/') {
            folder = above;
            if taken.contains(folder) {
                return Err(ProcessorError::new(
                    ErrorCode::OutputDuplicate,
                    format!("the provider gave {folder} as an output and as the folder of {path}"),
                ));
            }
        }
    }
    Ok(())
}

/// The name of a secret whose value a content has. Assets that are streamed to files come from places that no credential is sent to,
/// and are not searched.
///
/// # Errors
///
/// Those of the disk.
pub fn find_secret(body: &Body, redactor: &Redactor) -> io::Result<Option<String>> {
    match body {
        Body::Bytes(bytes) => Ok(redactor.find(bytes)),
        Body::SearchedFile(path) => redactor.find_in(File::open(path)?),
        Body::File(_) | Body::Written(_) => Ok(None),
    }
}

/// Refuses outputs that would publish a secret.
///
/// # Errors
///
/// `ERR_OUTPUT_SECRET` that names the output by its place in the list, and the secret by its name; `ERR_OUTPUT_WRITE` when a
/// file that has to be searched cannot be read.
pub fn check_secrets(outputs: &[OutputItem], redactor: &Redactor) -> Result<(), ProcessorError> {
    for (index, output) in outputs.iter().enumerate() {
        let body = find_secret(&output.body, redactor).map_err(|error| {
            ProcessorError::new(
                ErrorCode::OutputWrite,
                format!("output {} cannot be searched for secrets: {error}", index + 1),
            )
        })?;
        let found = body
            .or_else(|| redactor.find(output.relpath.as_bytes()))
            .or_else(|| redactor.find(output.mime.as_bytes()));
        if let Some(name) = found {
            return Err(ProcessorError::new(
                ErrorCode::OutputSecret,
                format!(
                    "output {} of {} contains the value of {name}; nothing was committed",
                    index + 1,
                    outputs.len()
                ),
            ));
        }
    }
    Ok(())
}
