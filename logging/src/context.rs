//! The fields of an execution in every log line.

use std::sync::{Arc, PoisonError, RwLock};

/// The `adapter` of a processor that runs without the orchestrator.
pub const NO_ADAPTER: &str = "none";

/// The first fields of every line, shared by all threads of a run.
#[derive(Clone, Debug)]
pub struct LogContext(Arc<RwLock<ContextFields>>);

/// The fields of a [`LogContext`].
#[derive(Clone, Debug)]
pub struct ContextFields {
    /// The execution id.
    pub trace_id: String,
    /// How the processor is run.
    pub adapter: String,
    /// `ns/name@ver`.
    pub processor_ref: String,
    /// `mock`, `real` or `unknown`.
    pub mode: &'static str,
}

impl LogContext {
    /// A context in which only the processor is known.
    #[must_use]
    pub fn new(processor_ref: &str) -> Self {
        Self(Arc::new(RwLock::new(ContextFields {
            trace_id: String::new(),
            adapter: NO_ADAPTER.to_owned(),
            processor_ref: processor_ref.to_owned(),
            mode: "unknown",
        })))
    }

    /// Changes the fields of later lines.
    pub fn update(&self, change: impl FnOnce(&mut ContextFields)) {
        change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn fields(&self) -> ContextFields {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
