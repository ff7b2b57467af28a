//! Batches of earlier versions, whose execution ids hold the numbers of lines: nothing can go on with them, and without a
//! word all of it would be paid again.

use std::path::Path;

use documents::hash::sha256;
use documents::layout::EXECUTIONS;
use documents::{ErrorCode, WorldPath};
use serde::Deserialize;
use store::{Artifacts, ReadError};

use crate::error::Error;
use crate::run::options::Run;

/// The digits of `inputs_sha256` at the end of an execution id of theirs.
const DIGITS: usize = 8;

/// What they remembered of a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Remembered {
    batch: String,
}

/// Refuses to begin a batch where an earlier version has begun it: under this name, or without a name for the same file.
///
/// # Errors
///
/// `ERR_USAGE`, and `ERR_OUTPUT_WRITE` where that cannot be seen.
pub(super) fn refuse(
    run: &Run,
    name: &str,
    file: Option<&Path>,
    artifacts: &dyn Artifacts,
) -> Result<(), Error> {
    if let (None, Some(file)) = (&run.execution_id, file)
        && let Some(batch) = remembered(run, file, artifacts)
    {
        return Err(refused(&batch));
    }
    let executions = match artifacts.list(&[EXECUTIONS]) {
        Ok(executions) => executions,
        Err(ReadError::Missing) => return Ok(()),
        Err(error) => {
            let message = format!("/artifacts/{EXECUTIONS} {error}");
            return Err(Error::new(ErrorCode::OutputWrite, message));
        }
    };
    if executions.iter().any(|execution| is_line(&execution.name, name)) {
        return Err(refused(name));
    }
    Ok(())
}

/// The error for such a batch.
pub(super) fn refused(batch: &str) -> Error {
    let message = format!(
        "the batch {batch} is of an earlier version, which knew lines by their numbers, and cannot go on"
    );
    let hint = "begin one that pays again with --new, or under another name with --execution-id";
    Error::new(ErrorCode::Usage, message).hint(hint)
}

/// Whether a file has what they remembered.
pub(super) fn is_record(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Remembered>(bytes).is_ok()
}

/// The name that they gave to the batch of a file, whichever mode it was begun with.
fn remembered(run: &Run, file: &Path, artifacts: &dyn Artifacts) -> Option<String> {
    let file = file.canonicalize().ok()?;
    ["", "mock", "real"].into_iter().find_map(|mode| {
        let key = [
            run.processor_ref.as_str().as_bytes(),
            run.write_prefix.as_bytes(),
            mode.as_bytes(),
            file.as_os_str().as_encoded_bytes(),
        ]
        .join(&0);
        let key = sha256(&key);
        let path = format!("/artifacts/batch/{}.json", key.get(..32)?);
        let bytes = artifacts.read(&WorldPath::parse(&path).ok()?).ok()?;
        let remembered: Remembered = serde_json::from_slice(&bytes).ok()?;
        Some(remembered.batch)
    })
}

/// Whether an execution id is `<batch>-<number>-<8 hex digits>`.
fn is_line(id: &str, batch: &str) -> bool {
    let rest = id.strip_prefix(batch).and_then(|rest| rest.strip_prefix('-'));
    rest.and_then(|rest| rest.split_once('-'))
        .is_some_and(|(number, hash)| {
            !number.is_empty()
                && number.bytes().all(|b| b.is_ascii_digit())
                && hash.len() == DIGITS
                && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_told_from_everything_else() {
        assert!(is_line("q-12-0123abcd", "q"));
        for other in [
            "q",
            "q-1",
            "q-0123456789abcdef",
            "q-0123456789abcdef-2",
            "q-2-1-0123abcd",
            "qq-1-0123abcd",
        ] {
            assert!(!is_line(other, "q"), "{other}");
        }
    }
}
