//! From what the command line names to executions.

use std::ffi::{OsStr, OsString};

use anyhow::bail;
use documents::ErrorCode;
use documents::layout::EXECUTIONS;
use store::ReadError;

use crate::artifacts::ArtifactsOption;
use crate::batch_lines::is_line_of;
use crate::environment::Environment;
use crate::error::Error;

/// What follows on the beginning of ids.
const ANY: char = '*';

/// Whether it may be more than one execution.
pub(super) fn is_many(named: &OsStr) -> bool {
    named.to_str().is_some_and(|text| text.ends_with(ANY))
}

/// Everything that is named, in its order, and then the lines of the batch. Ids of one beginning are sorted.
///
/// # Errors
///
/// `ERR_USAGE` for another pattern than a beginning; for a pattern or a batch that no execution has.
pub(super) fn expand(
    named: &[OsString],
    batch: Option<&str>,
    artifacts: &ArtifactsOption,
    environment: &Environment,
) -> anyhow::Result<Vec<OsString>> {
    let dir = artifacts.dir(environment).display();
    let mut ids = Vec::new();
    if batch.is_some() || named.iter().any(|named| is_many(named)) {
        ids = match artifacts.open(environment)?.list(&[EXECUTIONS]) {
            Ok(entries) => entries.into_iter().map(|entry| entry.name).collect(),
            Err(ReadError::Missing) => Vec::new(),
            Err(error) => bail!("the directory of the executions {error}"),
        };
        ids.sort_unstable();
    }
    let mut all = Vec::new();
    for one in named {
        let Some(beginning) = one.to_str().and_then(|text| text.strip_suffix(ANY)) else {
            all.push(one.clone());
            continue;
        };
        if beginning.contains([ANY, '/']) {
            let message = format!(
                "{} is not the beginning of execution ids and one *",
                one.display()
            );
            return Err(Error::new(ErrorCode::Usage, message).into());
        }
        let before = all.len();
        all.extend(
            ids.iter()
                .filter(|id| id.starts_with(beginning))
                .map(OsString::from),
        );
        if all.len() == before {
            bail!("no execution below {dir} has a name like {}", one.display());
        }
    }
    if let Some(batch) = batch {
        let before = all.len();
        all.extend(ids.iter().filter(|id| is_line_of(id, batch)).map(OsString::from));
        if all.len() == before {
            bail!("there is no line of a batch {batch} below {dir}");
        }
    }
    Ok(all)
}
