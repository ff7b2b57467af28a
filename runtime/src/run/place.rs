//! A look at the place of the outputs before the provider is called: what it cannot be written over is found before anything is paid.

use documents::layout::INDEX;
use documents::{ErrorCode, WorldPath};
use store::Artifacts;
use store::verify::unlisted;

use crate::error::ProcessorError;

/// Checks that `outputs/` of the write prefix is free. What killed runs left there has been removed; empty directories may stay.
///
/// # Errors
///
/// `ERR_EXECUTION_CONFLICT` that names what is there; `ERR_OUTPUT_WRITE` where that cannot be told.
pub(super) fn check(artifacts: &dyn Artifacts, write_prefix: &str) -> Result<(), ProcessorError> {
    let index = WorldPath::parse(&format!("{write_prefix}{INDEX}"))?;
    let found = unlisted(artifacts, &index, &[]).map_err(|error| {
        let what = format!("the place of the outputs {error}; fix its permissions, then run it again");
        ProcessorError::new(ErrorCode::OutputWrite, what)
    })?;
    let Some(first) = found.iter().find(|path| !path.ends_with('/')) else {
        return Ok(());
    };
    let above = index.as_str().strip_suffix(INDEX).unwrap_or_default();
    let relpath = first.strip_prefix(above).unwrap_or(first);
    Err(ProcessorError::new(
        ErrorCode::ExecutionConflict,
        format!(
            "the write prefix already has a file {relpath} that is not of this execution; remove it, or use another execution id"
        ),
    ))
}
