//! The inputs, as the arguments of a behaviour.

use runtime::{ErrorCode, Inputs, Mode, ProcessorError};
use serde_json::Value;

/// The inputs, as the arguments of a behaviour.
pub(crate) struct Request<'a>(&'a Inputs);

impl<'a> Request<'a> {
    pub(crate) const fn new(inputs: &'a Inputs) -> Self {
        Self(inputs)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.params.get(name)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.get(name).and_then(Value::as_u64)
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// Reports in real mode that a request goes out, as processors of services do.
    pub(crate) fn report_sent(&self) {
        if self.0.mode == Mode::Real {
            tracing::info!(provider = "probe", "request");
        }
    }

    pub(crate) fn required(&self, name: &str) -> Result<&str, ProcessorError> {
        self.text(name).ok_or_else(|| {
            ProcessorError::new(
                ErrorCode::Inputs,
                format!("/params/{name} has to be a string for this behaviour"),
            )
        })
    }

    pub(crate) fn message(&self) -> String {
        self.text("message").unwrap_or("as requested").to_owned()
    }

    /// The error that it wants.
    pub(crate) fn error(&self) -> ProcessorError {
        let name = self.text("code").unwrap_or("ERR_PROVIDER_FAILED");
        let code = name.parse().unwrap_or(ErrorCode::Processor);
        let error = ProcessorError::new(code, self.message());
        match self.text("cause") {
            Some(cause) => error.with_cause(cause),
            None => error,
        }
    }
}
