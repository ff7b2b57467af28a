//! The estimate of a run that has not been made (`docs/spec.md#estimates`).

use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// What a run would ask, what it may use up at most, and why it would be refused. A fact that is not known is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Estimate {
    /// The model that the run would ask, also where the inputs name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The service that the run would ask, as logs name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The API of the service, by the name that receipts have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api: Option<String>,
    /// The most tokens that the request may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_tokens_at_most: Option<u64>,
    /// The most tokens that the answer may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_tokens_at_most: Option<u64>,
    /// The most that the answer may cost, in USD.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_usd_at_most: Option<f64>,
    /// Where the prices come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prices: Option<String>,
    /// What keeps tokens or cost from being known, in a word or two each: `images`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
    /// Why the run would be refused before anything is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
}
