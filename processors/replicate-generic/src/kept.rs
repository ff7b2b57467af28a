//! What is kept of a prediction, so that the same execution does not pay for it twice.

use std::time::{Duration, SystemTime};

use runtime::{Config, ProcessorError};
use serde::{Deserialize, Serialize};

use crate::api::Api;
use crate::prediction::{Prediction, is_id, is_young};
use crate::uploads;

/// What goes on without this process.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// As soon as it is known.
    pub(crate) prediction_id: Option<String>,
    /// The ids of the input files at the service.
    pub(crate) files: Vec<String>,
    /// When the prediction has succeeded, in seconds since 1970, where its files did not all come.
    #[serde(default)]
    pub(crate) succeeded: Option<u64>,
}

impl Kept {
    /// What an earlier run has kept; what cannot be an id is none.
    ///
    /// # Errors
    ///
    /// Those of [`Config::kept`].
    pub(crate) fn of(config: &Config) -> Result<Option<Self>, ProcessorError> {
        let text = config.checkpoint()?;
        let kept: Option<Self> = text.and_then(|text| serde_json::from_str(&text).ok());
        Ok(kept.map(|kept| Self {
            prediction_id: kept.prediction_id.filter(|id| is_id(id)),
            files: kept.files.into_iter().filter(|id| is_id(id)).collect(),
            succeeded: kept.succeeded,
        }))
    }

    /// A success whose files did not all come.
    pub(crate) fn success(prediction: &Prediction) -> Self {
        let ended = prediction.completed.and_then(|ended| {
            let ended = ended.duration_since(SystemTime::UNIX_EPOCH).ok()?;
            Some(ended.as_secs())
        });
        Self {
            prediction_id: Some(prediction.id.clone()),
            files: Vec::new(),
            succeeded: ended,
        }
    }

    /// Whether it is known to have succeeded so lately that the service must have it.
    pub(crate) fn is_young(&self) -> bool {
        let ended = self
            .succeeded
            .and_then(|ended| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(ended)));
        ended.is_some_and(is_young)
    }

    /// Keeps it, before anything else is done.
    ///
    /// # Errors
    ///
    /// Those of [`Config::keep`].
    pub(crate) fn keep(&self, config: &Config) -> Result<(), ProcessorError> {
        config.save_checkpoint(&serde_json::to_string(self).map_err(std::io::Error::from)?)
    }

    /// Forgets a prediction that comes to nothing, and removes its files. What cannot be forgotten the next run finds to be of
    /// no use.
    pub(crate) async fn discard(&self, config: &Config, api: &Api) {
        if let Err(error) = config.clear_checkpoint() {
            tracing::warn!(%error, "prediction_not_forgotten");
        }
        uploads::remove(api, &self.files).await;
    }
}
