//! A prediction, as the service describes it: <https://replicate.com/docs/reference/http#predictions.get>.

use std::collections::BTreeMap;

use runtime::{ErrorCode, ProcessorError};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// What is needed of a prediction; all else may be there, missing, or there twice.
#[derive(Debug, Deserialize)]
pub(crate) struct Prediction {
    pub(crate) id: String,
    pub(crate) status: Status,
    /// Any JSON, kept as it came.
    pub(crate) output: Option<Box<RawValue>>,
    error: Option<Value>,
    #[serde(default)]
    metrics: Value,
    pub(crate) urls: Urls,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Urls {
    pub(crate) get: String,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Starting,
    Processing,
    Succeeded,
    Failed,
    Canceled,
    Aborted,
}

impl Status {
    pub(crate) const fn is_running(self) -> bool {
        match self {
            Self::Starting | Self::Processing => true,
            Self::Succeeded | Self::Failed | Self::Canceled | Self::Aborted => false,
        }
    }
}

impl Prediction {
    /// # Errors
    ///
    /// `ERR_PROVIDER_RESPONSE` for anything that is not a prediction.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, ProcessorError> {
        serde_json::from_slice(body).map_err(|error| {
            // the position alone: the rest of the message may quote the answer
            let (line, column) = (error.line(), error.column());
            ProcessorError::new(
                ErrorCode::ProviderResponse,
                format!("the provider's answer is not a prediction, at line {line} column {column}"),
            )
        })
    }

    /// Every metric that is a number.
    pub(crate) fn usage(&self) -> BTreeMap<String, f64> {
        let metrics = self.metrics.as_object().into_iter().flatten();
        metrics
            .filter_map(|(name, value)| Some((name.clone(), value.as_f64()?)))
            .collect()
    }

    /// The model's own words about its failure, after a colon; empty without any.
    pub(crate) fn reason(&self) -> String {
        match &self.error {
            None => String::new(),
            Some(Value::String(text)) => format!(": {text}"),
            Some(other) => format!(": {other}"),
        }
    }
}
