//! What is kept of a prediction, so that the same execution does not pay for it twice.

use runtime::{Config, ProcessorError};
use serde::{Deserialize, Serialize};

/// A prediction that may go on without this process, and the files that it needs.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) prediction_id: String,
    /// The ids of the input files at the service.
    pub(crate) files: Vec<String>,
}

impl Kept {
    /// What an earlier run has kept.
    ///
    /// # Errors
    ///
    /// Those of [`Config::kept`].
    pub(crate) fn of(config: &Config) -> Result<Option<Self>, ProcessorError> {
        let text = config.kept()?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Keeps it, before anything else is done with the prediction.
    ///
    /// # Errors
    ///
    /// Those of [`Config::keep`].
    pub(crate) fn keep(&self, config: &Config) -> Result<(), ProcessorError> {
        config.keep(&serde_json::to_string(self).map_err(std::io::Error::from)?)
    }
}
