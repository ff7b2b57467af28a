//! What a provider is given and what it gives back.

use std::collections::BTreeMap;

use crate::error::ProcessorError;
use store::OutputItem;

use crate::config::Config;
use crate::inputs::Inputs;

/// What a runner gives back.
pub type ProcessorResult = Result<ProcessorOutput, ProcessorError>;

/// The callable that does a provider's work, once per process; it is not dropped, as the process ends with it.
pub type Runner = Box<dyn Fn(Inputs) -> ProcessorResult>;

/// A provider's one function: makes the [`Runner`] for this process.
pub(crate) type MakeRunner = dyn Fn(Config) -> Runner + Send + Sync;

/// Everything that a successful run produced.
///
/// ```
/// use runtime::{OutputItem, ProcessorOutput};
///
/// let output = ProcessorOutput::new("text_upper:v1")
///     .with_output(OutputItem::bytes("outputs/text.txt", "text/plain", "HELLO"));
/// assert_eq!(output.outputs.len(), 1);
/// ```
#[derive(Debug, Default)]
pub struct ProcessorOutput {
    /// The files to commit, in any order; none at all is allowed.
    pub outputs: Vec<OutputItem>,
    /// A human-readable name and version of the provider, e.g. `llm_litellm:v1`.
    pub processor_info: String,
    /// What the run used, e.g. `total_tokens`; finite numbers, whole ones within ±(2^53-1).
    pub usage: BTreeMap<String, f64>,
    /// Anything else worth recording in the receipt.
    pub extra: BTreeMap<String, String>,
}

impl ProcessorOutput {
    /// No outputs yet, from the provider of this name.
    pub fn new(processor_info: impl Into<String>) -> Self {
        Self {
            processor_info: processor_info.into(),
            ..Self::default()
        }
    }

    /// Adds one file.
    #[must_use]
    pub fn with_output(mut self, output: OutputItem) -> Self {
        self.outputs.push(output);
        self
    }
}
