//! Errors of the inputs.

use runtime::{ErrorCode, ProcessorError};

/// The error of what is wrong at a JSON pointer.
pub(super) fn wrong(pointer: &str, what: &str) -> ProcessorError {
    ProcessorError::new(ErrorCode::Inputs, format!("{pointer} {what}"))
}
