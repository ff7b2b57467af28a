//! The names of formats.

use clap::ValueEnum;

/// The format of a batch's lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Inputs documents, each perhaps with a label
    Inputs,
    /// Requests for chat completions as in OpenAI's batch files
    OpenaiBatch,
    /// Requests for chat completions, {"model","messages",...}, each perhaps with a label
    Messages,
    /// A table with a header, whose rows fill in the --template
    Csv,
}
