//! A request that is looked at, and not made.

use runtime::ProcessorError;
use serde_json::{Map, Value};

use super::{Draft, draft};
use crate::parameters::Parameters;
use crate::requested_model::RequestedModel;

/// A request that is not made.
#[derive(Debug)]
pub(crate) struct Preview {
    /// The parameters that the service would get, in the terms of chat completions.
    pub(crate) params: Map<String, Value>,
    /// The body.
    pub(crate) value: Value,
}

impl Preview {
    /// The request for a model.
    ///
    /// # Errors
    ///
    /// Those of [`check_for`](super::check_for).
    pub(crate) fn new(params: &Parameters, model: &RequestedModel) -> Result<Self, ProcessorError> {
        let readable = params.readable(model.api.native().is_some());
        let Draft { params, value, .. } = draft(&readable, &params.drop, model)?;
        Ok(Self { params, value })
    }

    /// The parameters themselves, where they cannot be judged yet.
    pub(crate) fn of_parameters(params: &Parameters) -> Self {
        Self {
            params: params.written.clone(),
            value: params.written.clone().into(),
        }
    }
}
