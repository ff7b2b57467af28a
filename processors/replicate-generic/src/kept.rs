//! What is kept of a prediction, so that the same execution does not pay for it twice.

use runtime::{Config, ProcessorError};
use serde::{Deserialize, Serialize};

use crate::api::Api;
use crate::prediction::is_id;
use crate::uploads;

/// What goes on without this process.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// As soon as it is known.
    pub(crate) prediction_id: Option<String>,
    /// The ids of the input files at the service.
    pub(crate) files: Vec<String>,
}

impl Kept {
    /// What an earlier run has kept; what cannot be an id is none.
    ///
    /// # Errors
    ///
    /// Those of [`Config::kept`].
    pub(crate) fn of(config: &Config) -> Result<Option<Self>, ProcessorError> {
        let text = config.kept()?;
        let kept: Option<Self> = text.and_then(|text| serde_json::from_str(&text).ok());
        Ok(kept.map(|kept| Self {
            prediction_id: kept.prediction_id.filter(|id| is_id(id)),
            files: kept.files.into_iter().filter(|id| is_id(id)).collect(),
        }))
    }

    /// Keeps it, before anything else is done.
    ///
    /// # Errors
    ///
    /// Those of [`Config::keep`].
    pub(crate) fn keep(&self, config: &Config) -> Result<(), ProcessorError> {
        config.keep(&serde_json::to_string(self).map_err(std::io::Error::from)?)
    }

    /// Forgets a prediction that comes to nothing, and removes its files. What cannot be forgotten the next run finds to be of
    /// no use.
    pub(crate) async fn discard(&self, config: &Config, api: &Api) {
        if let Err(error) = config.forget() {
            tracing::warn!(%error, "prediction_not_forgotten");
        }
        uploads::remove(api, &self.files).await;
    }
}
