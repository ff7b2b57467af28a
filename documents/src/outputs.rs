//! Which outputs may be written, and the index that lists them (`docs/spec.md#outputs-index`).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::code::ErrorCode;
use crate::error::Error;
use crate::world_path::{WorldPath, WritePrefix, canonical};

/// The beginning of every relpath.
const OUTPUTS: &str = "outputs/";

/// One output in the index and the envelope; fields in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct IndexEntry {
    /// A world path.
    pub path: String,
    /// `sha256:` and the SHA-256 of its bytes.
    pub cid: String,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// Its media type, as the provider gave it.
    pub mime: String,
}

/// The index, `outputs.json`.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// The outputs, sorted by path.
    pub outputs: Vec<IndexEntry>,
}

/// The world paths of outputs, in the same order.
///
/// # Errors
///
/// `ERR_OUTPUT_PATH` and `ERR_OUTPUT_DUPLICATE`; then nothing may be written.
pub fn check_paths<'a>(
    relpaths: impl IntoIterator<Item = &'a str>,
    prefix: &WritePrefix,
) -> Result<Vec<WorldPath>, Error> {
    let mut paths = Vec::new();
    let mut not_canonical = None;
    for relpath in relpaths {
        let refuse = |why: &str| {
            Error::new(
                ErrorCode::OutputPath,
                format!("an output of the provider cannot be written: {why}: {relpath:?}"),
            )
        };
        let path = canonical(relpath).map_err(|error| refuse(error.message()))?;
        if !path.starts_with(OUTPUTS) || relpath.starts_with('/') {
            return Err(refuse("its relpath does not begin with `outputs/`"));
        }
        let world_path = prefix.path(&path).map_err(|error| refuse(error.message()))?;
        if path != relpath {
            not_canonical.get_or_insert_with(|| refuse("its relpath is not in canonical form"));
        }
        paths.push(world_path);
    }
    check_duplicates(&paths)?;
    not_canonical.map_or(Ok(paths), Err)
}

fn check_duplicates(paths: &[WorldPath]) -> Result<(), Error> {
    let mut taken = BTreeSet::new();
    for path in paths {
        if !taken.insert(path.as_str()) {
            return Err(Error::new(
                ErrorCode::OutputDuplicate,
                format!("the provider gave two outputs for {path}"),
            ));
        }
    }
    for path in paths {
        let mut dir = path.as_str();
        while let Some((above, _)) = dir.rsplit_once('/') {
            dir = above;
            if taken.contains(dir) {
                return Err(Error::new(
                    ErrorCode::OutputDuplicate,
                    format!("the provider gave {dir} as an output and as the directory of {path}"),
                ));
            }
        }
    }
    Ok(())
}
