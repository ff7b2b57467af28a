//! What a check comes to.

/// A check that did not fail.
pub(crate) enum Outcome {
    Passed,
    /// Something is missing on this machine: why, for people.
    Skipped(String),
}
