//! What a provider gets and what it returns.

use std::collections::BTreeMap;

use documents::estimate::Estimate;
use store::OutputItem;

use crate::config::Config;
use crate::error::ProcessorError;
use crate::inputs::Inputs;

/// What a runner returns.
pub type ProcessorResult = Result<ProcessorOutput, ProcessorError>;

/// The function that does a provider's work, once per process. It is never dropped.
pub type Runner = Box<dyn Fn(Inputs) -> ProcessorResult>;

/// A provider's one function: makes the [`Runner`] for this process.
pub(crate) type MakeRunner = dyn Fn(Config) -> Runner + Send + Sync;

/// What an estimator returns.
pub type EstimateResult = Result<Estimate, ProcessorError>;

/// The function that says what runs would ask, any number of times in a process. It sends nothing and writes nothing.
pub type Estimator = Box<dyn FnMut(Inputs) -> EstimateResult>;

/// The function that makes the [`Estimator`] of a process.
pub(crate) type MakeEstimator = dyn Fn(Config) -> Estimator + Send + Sync;

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
    /// The files to commit, in any order; there may be none.
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
