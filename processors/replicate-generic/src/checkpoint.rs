//! What outlives a run, so that the next one of the same execution does not pay for a prediction twice.

use std::time::{Duration, SystemTime};

use runtime::{Config, ProcessorError};
use serde::{Deserialize, Serialize};

use crate::prediction::{Prediction, is_id, is_recent};

/// A prediction and its input files at the service.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    /// `None` until it is known.
    pub(crate) prediction_id: Option<String>,
    /// The ids of the input files.
    pub(crate) files: Vec<String>,
    /// When the prediction succeeded, in seconds since 1970, if its files could not all be fetched.
    #[serde(default)]
    succeeded: Option<u64>,
}

impl Checkpoint {
    pub(crate) const fn new(prediction_id: Option<String>, files: Vec<String>) -> Self {
        Self {
            prediction_id,
            files,
            succeeded: None,
        }
    }

    /// That of a success whose files could not all be fetched.
    pub(crate) fn from_success(prediction: &Prediction) -> Self {
        let ended = prediction.completed_at;
        let ended = ended.and_then(|ended| ended.duration_since(SystemTime::UNIX_EPOCH).ok());
        Self {
            succeeded: ended.map(|ended| ended.as_secs()),
            ..Self::new(Some(prediction.id.clone()), Vec::new())
        }
    }

    /// Reads that of an earlier run, without anything that cannot be an id.
    ///
    /// # Errors
    ///
    /// Those of [`Config::checkpoint`].
    pub(crate) fn load(config: &Config) -> Result<Option<Self>, ProcessorError> {
        let json = config.checkpoint()?;
        let loaded: Option<Self> = json.and_then(|json| serde_json::from_str(&json).ok());
        Ok(loaded.map(|loaded| Self {
            prediction_id: loaded.prediction_id.filter(|id| is_id(id)),
            files: loaded.files.into_iter().filter(|id| is_id(id)).collect(),
            ..loaded
        }))
    }

    /// Whether the prediction succeeded so recently that the service must still have it.
    pub(crate) fn is_recent(&self) -> bool {
        let ended = self
            .succeeded
            .and_then(|ended| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(ended)));
        ended.is_some_and(is_recent)
    }

    /// Saves it, before anything else is done.
    ///
    /// # Errors
    ///
    /// Those of [`Config::save_checkpoint`].
    pub(crate) fn save(&self, config: &Config) -> Result<(), ProcessorError> {
        config.save_checkpoint(&serde_json::to_string(self).map_err(std::io::Error::from)?)
    }
}
