//! The life of a prediction: created or resumed, awaited, and cancelled if the run is interrupted.

use std::future::ready;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use runtime::{Config, ErrorCode, Inputs, ProcessorError};
use serde_json::Value;

use crate::api::Api;
use crate::cancel::{self, CreationOutcome, PredictionHandle, is_interruption};
use crate::checkpoint::Checkpoint;
use crate::create::{Created, Creation};
use crate::failure;
use crate::logs::Progress;
use crate::prediction::{Prediction, Status};
use crate::reference::Reference;
use crate::schema_lookup::ModelVersion;
use crate::secrets;
use crate::uploads::{self, Uploads};

/// Polling starts fast, for models that answer at once, and slows down for those that take minutes.
const FIRST_POLL: Duration = Duration::from_millis(5);
const SLOWEST_POLL: Duration = Duration::from_secs(4);

/// A prediction that has succeeded.
#[derive(Debug)]
pub(crate) struct CompletedPrediction {
    pub(crate) prediction: Prediction,
    /// The requested version, if any.
    pub(crate) version: Option<String>,
    /// How many requests it took to create it.
    pub(crate) attempts: u32,
    /// Whether an earlier run created it.
    pub(crate) is_resumed: bool,
    /// What the parameters were checked with, if they were.
    pub(crate) model_version: Option<ModelVersion>,
    /// Notes about parameters that were converted.
    pub(crate) changes: Vec<String>,
}

/// What a run does with one prediction.
pub(crate) struct Job<'a> {
    pub(crate) config: &'a Config,
    pub(crate) api: &'a Api,
    pub(crate) reference: &'a Reference,
    /// Whether parameters are checked before they are paid for.
    pub(crate) is_check_enabled: bool,
}

impl Job<'_> {
    /// Resumes the prediction of an earlier run of this execution, or creates a new one, and returns it once it has succeeded.
    ///
    /// # Errors
    ///
    /// Those of the service; `ERR_TIMEOUT` and `ERR_CANCELLED` that say what became of the prediction.
    pub(crate) fn run(&self, mut inputs: Inputs) -> Result<CompletedPrediction, ProcessorError> {
        if let Some((prediction, checkpoint)) = self.resume()? {
            return Ok(CompletedPrediction {
                prediction: self.finish(prediction, &checkpoint)?,
                version: None,
                attempts: 0,
                is_resumed: true,
                model_version: None,
                changes: Vec::new(),
            });
        }
        let model_version = self.look_up_version()?;
        let changes = match &model_version {
            Some(version) => version.schema.check(&mut inputs.params)?,
            None => Vec::new(),
        };
        let mut uploads = Uploads::default();
        let uploaded = uploads.replace(self.config, self.api, &mut inputs);
        let mut checkpoint = Checkpoint::new(None, uploads.ids);
        if let Err(error) = uploaded.and_then(|()| secrets::fill_in(&mut inputs, self.config)) {
            self.discard(&checkpoint);
            return Err(error);
        }
        let latest = model_version.as_ref().and_then(|version| version.id.as_deref());
        let creation = Creation::new(self.config, self.api, self.reference, latest);
        let Created {
            prediction,
            version,
            attempts,
        } = creation.run(&Value::Object(inputs.params), &checkpoint)?;
        checkpoint.prediction_id = Some(prediction.id.clone());
        if let Err(error) = checkpoint.save(self.config) {
            // a disk that is full now will be full at the end too
            return Err(self.cancel(error, (&prediction).into(), &checkpoint));
        }
        Ok(CompletedPrediction {
            prediction: self.finish(prediction, &checkpoint)?,
            version,
            attempts,
            is_resumed: false,
            model_version,
            changes,
        })
    }

    fn look_up_version(&self) -> Result<Option<ModelVersion>, ProcessorError> {
        if !self.is_check_enabled {
            return Ok(None);
        }
        let lookup = ModelVersion::look_up(self.config, self.api, self.reference);
        self.config.block_on(async { Ok(lookup.await) })
    }

    /// Finds the prediction of an earlier run, if it can still succeed.
    fn resume(&self) -> Result<Option<(Prediction, Checkpoint)>, ProcessorError> {
        let Some(checkpoint) = Checkpoint::load(self.config)? else {
            return Ok(None);
        };
        let mut found = None;
        if let Some(id) = &checkpoint.prediction_id {
            found = match self.config.block_on(self.api.find(id)) {
                Err(error) if is_interruption(&error) => {
                    let handle = PredictionHandle {
                        id: id.clone(),
                        cancel_url: None,
                    };
                    return Err(self.cancel(error, handle, &checkpoint));
                }
                found => found?,
            };
            if found.is_none() && checkpoint.is_recent() {
                return Err(ProcessorError::new(
                    ErrorCode::ProviderUnavailable,
                    format!(
                        "the provider answered 404 for the prediction {id}, which has succeeded within the hour; run it again in a moment"
                    ),
                ));
            }
        }
        let usable = found.filter(|prediction| {
            let has_output = prediction.status == Status::Succeeded && !prediction.data_removed;
            prediction.status.is_running() || has_output
        });
        let Some(prediction) = usable else {
            tracing::warn!(prediction_id = checkpoint.prediction_id, "prediction_of_no_use");
            self.discard(&checkpoint);
            return Ok(None);
        };
        let status = prediction.status.as_str();
        tracing::info!(prediction_id = prediction.id, status, "prediction_picked_up");
        Ok(Some((prediction, checkpoint)))
    }

    /// Waits until the prediction has succeeded.
    fn finish(
        &self,
        mut prediction: Prediction,
        checkpoint: &Checkpoint,
    ) -> Result<Prediction, ProcessorError> {
        match self.config.block_on(self.wait(&mut prediction)) {
            Ok(()) => {}
            Err(error) if is_interruption(&error) => {
                return Err(self.cancel(error, (&prediction).into(), checkpoint));
            }
            Err(error) => {
                let id = &prediction.id;
                return Err(error.map_message(|message| {
                    format!("{message}; the prediction {id} goes on, and a run of the same execution id picks it up")
                }));
            }
        }
        let is_success = prediction.status == Status::Succeeded;
        let defect = prediction.output_defect.take();
        if let Some(defect) = defect.filter(|_| is_success) {
            if !defect.is_transient {
                self.discard(checkpoint); // the next answer would be the same
            }
            return Err(failure::unusable(prediction, &defect));
        }
        if is_success && !prediction.is_output_removed() {
            self.config.clean_up(uploads::remove(self.api, &checkpoint.files));
            return Ok(prediction);
        }
        self.discard(checkpoint);
        Err(failure::failed(self.config, &prediction))
    }

    async fn wait(&self, prediction: &mut Prediction) -> Result<(), ProcessorError> {
        let mut progress = Progress::default();
        let mut pauses = pauses();
        while prediction.status.is_running() {
            progress.log(prediction);
            tokio::time::sleep(pauses.next().unwrap_or(SLOWEST_POLL)).await;
            *prediction = self.api.poll(prediction).await?;
        }
        progress.log(prediction);
        Ok(())
    }

    fn cancel(
        &self,
        error: ProcessorError,
        handle: PredictionHandle,
        checkpoint: &Checkpoint,
    ) -> ProcessorError {
        let outcome = ready(CreationOutcome::Created(handle));
        cancel::cancel(self.config, self.api, checkpoint, error, outcome)
    }

    fn discard(&self, checkpoint: &Checkpoint) {
        self.config
            .clean_up(cancel::discard(self.config, self.api, checkpoint));
    }
}

fn pauses() -> ExponentialBackoff {
    ExponentialBuilder::new()
        .with_min_delay(FIRST_POLL)
        .with_factor(1.5)
        .with_max_delay(SLOWEST_POLL)
        .without_max_times()
        .with_jitter()
        .build()
}
