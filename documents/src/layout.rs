//! The names of the files that a run writes (`docs/spec.md#commit-order`).

/// The directory below the write prefix that holds every output.
pub const OUTPUTS: &str = "outputs";
/// The index in the write prefix.
pub const INDEX: &str = "outputs.json";
/// The receipt in the write prefix.
pub const RECEIPT: &str = "receipt.json";
/// The directory below the artifacts directory that holds a directory for every execution.
pub const EXECUTIONS: &str = "execution";
/// The receipt in the directory of its execution.
pub const GLOBAL_RECEIPT: &str = "determinism.json";
/// The start of a run, beside the receipt of its execution.
pub const START: &str = "started.json";
/// The directory of a rejected answer in the write prefix.
pub const REJECTED: &str = "rejected";
/// The rejected answer in its directory.
pub const REJECTED_ANSWER: &str = "response.bin";
