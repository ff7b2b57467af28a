//! The life of a prediction: asked for or picked up again, waited for, and cancelled where nobody waits any more.

use std::pin::pin;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use reqwest::StatusCode;
use runtime::http::{self, Answer, Retries};
use runtime::{Config, ErrorCode, Inputs, ProcessorError};
use serde_json::Value;

use crate::api::{self, Api, POST_RETRIES};
use crate::kept::Kept;
use crate::logs::Progress;
use crate::prediction::{Prediction, Status};
use crate::reference::{Endpoint, Model, Reference};
use crate::schema;
use crate::uploads::{self, Uploads};

/// Polling starts fast, for models that answer at once, and slows down for those that take minutes.
const FIRST_POLL: Duration = Duration::from_millis(5);
const SLOWEST_POLL: Duration = Duration::from_secs(4);

/// After a cancelled prediction is asked for, it may take a moment to end.
const CANCEL_POLL: Duration = Duration::from_millis(200);

/// A prediction that has succeeded.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) prediction: Prediction,
    /// How many requests for a prediction were made.
    pub(crate) attempts: u32,
    /// Whether an earlier run had asked for it.
    pub(crate) was_kept: bool,
}

/// What a run does with one prediction.
pub(crate) struct Job<'a> {
    pub(crate) config: &'a Config,
    pub(crate) api: &'a Api,
    pub(crate) reference: &'a Reference,
}

impl Job<'_> {
    /// Gives the prediction that has succeeded: the one that an earlier run of this execution has asked for, else a new one.
    ///
    /// # Errors
    ///
    /// Those of the service; `ERR_TIMEOUT` and `ERR_CANCELLED` that say whether the prediction was cancelled.
    pub(crate) fn run(&self, mut inputs: Inputs) -> Result<Done, ProcessorError> {
        if let Some((prediction, kept)) = self.pick_up()? {
            let prediction = self.finish(prediction, &kept.files)?;
            return Ok(Done {
                prediction,
                attempts: 0,
                was_kept: true,
            });
        }
        let mut uploads = Uploads::default();
        let created = uploads
            .replace(self.config, self.api, &mut inputs)
            .and_then(|()| self.create(&Value::Object(inputs.params)));
        let (prediction, attempts) = match created {
            Ok(created) => created,
            Err(error) => {
                self.remove_files(&uploads.ids);
                return Err(error);
            }
        };
        let kept = Kept {
            prediction_id: prediction.id.clone(),
            files: uploads.ids,
        };
        if let Err(error) = kept.keep(self.config) {
            // a disk that is full now is full at the end too
            return Err(self.abandon(error, &prediction, &kept.files));
        }
        let prediction = self.finish(prediction, &kept.files)?;
        Ok(Done {
            prediction,
            attempts,
            was_kept: false,
        })
    }

    /// The prediction that an earlier run has asked for, if it can still come to something.
    fn pick_up(&self) -> Result<Option<(Prediction, Kept)>, ProcessorError> {
        let Some(kept) = Kept::of(self.config)? else {
            return Ok(None);
        };
        let found = match self.config.block_on(self.api.find(&kept.prediction_id)) {
            Err(error) if is_interruption(&error) => {
                return Err(told(error, Some(&kept.prediction_id), None));
            }
            found => found?,
        };
        let usable = found.filter(|prediction| {
            let ended_well = prediction.status == Status::Succeeded && !prediction.is_removed;
            prediction.status.is_running() || ended_well
        });
        match usable {
            Some(prediction) => {
                let status = prediction.status.as_str();
                tracing::info!(prediction_id = prediction.id, status, "prediction_picked_up");
                Ok(Some((prediction, kept)))
            }
            None => {
                tracing::warn!(prediction_id = kept.prediction_id, "prediction_of_no_use");
                self.remove_files(&kept.files);
                self.forget();
                Ok(None)
            }
        }
    }

    /// Asks for a prediction; gives how many requests that took.
    fn create(&self, input: &Value) -> Result<(Prediction, u32), ProcessorError> {
        let mut endpoint = self.reference.endpoint();
        let mut retries = Retries::new(POST_RETRIES, self.config.deadline());
        let mut attempts = 0;
        loop {
            attempts += 1;
            let mut attempt = pin!(self.api.send(self.api.creation(&endpoint, input)?));
            let (error, asked) = match self.config.block_on(attempt.as_mut()) {
                Ok(answer) if let Some(model) = self.community_model(&answer, &endpoint) => {
                    endpoint = self.latest_version(model)?;
                    continue;
                }
                Ok(answer) => match answer.check() {
                    Ok(()) => {
                        let prediction = Prediction::parse(answer.body)?;
                        tracing::info!(prediction_id = prediction.id, attempts, "prediction_created");
                        return Ok((prediction, attempts));
                    }
                    Err(error) if error.code() == ErrorCode::ProviderRateLimit => {
                        (error, api::asked(&answer))
                    }
                    Err(error) => return Err(error),
                },
                Err(error) if is_interruption(&error) => {
                    // the request may be on its way, and only its answer has the id
                    let ended = self.config.clean_up(async {
                        let prediction = Prediction::parse(attempt.await.ok()?.body).ok()?;
                        Some((self.give_up(&prediction, &[]).await, prediction.id))
                    });
                    let (ended, id) = ended.flatten().unzip();
                    return Err(told(error, id.as_deref(), ended.flatten()));
                }
                Err(error) if http::is_unconnected(&error) => (error, None),
                Err(error) => return Err(error),
            };
            self.sleep(api::pause(&mut retries, error, asked)?)?;
        }
    }

    /// The model that has no endpoint of its own, if that may be why there is none.
    fn community_model(&self, answer: &Answer, endpoint: &Endpoint) -> Option<&Model> {
        let is_missing = answer.status == StatusCode::NOT_FOUND && endpoint.version.is_none();
        self.reference.model().filter(|_| is_missing)
    }

    fn latest_version(&self, model: &Model) -> Result<Endpoint, ProcessorError> {
        let answer = self.config.block_on(self.api.model(model, None))?;
        answer.check()?;
        let version = schema::latest_version(&answer.body).ok_or_else(|| {
            ProcessorError::new(
                ErrorCode::ProviderRejected,
                format!("the model {model} has no version that can be run; name another model in /model"),
            )
        })?;
        tracing::info!(version, "latest_version");
        Ok(Endpoint::of_version(version))
    }

    /// Waits until the prediction has ended.
    fn finish(&self, prediction: Prediction, files: &[String]) -> Result<Prediction, ProcessorError> {
        let mut last = prediction;
        match self.config.block_on(self.wait(&mut last)) {
            Ok(()) => {}
            Err(error) if is_interruption(&error) => return Err(self.abandon(error, &last, files)),
            Err(error) => {
                return Err(ProcessorError::new(
                    error.code(),
                    format!(
                        "{}; the prediction {} goes on, and a run of the same execution id picks it up",
                        error.message(),
                        last.id
                    ),
                ));
            }
        }
        self.remove_files(files);
        match last.status {
            Status::Succeeded => Ok(last),
            _ => {
                self.forget();
                Err(last.failure())
            }
        }
    }

    async fn wait(&self, prediction: &mut Prediction) -> Result<(), ProcessorError> {
        let mut progress = Progress::default();
        let mut pauses = pauses();
        while prediction.status.is_running() {
            progress.tell(prediction);
            tokio::time::sleep(pauses.next().unwrap_or(SLOWEST_POLL)).await;
            *prediction = self.api.poll(prediction).await?;
        }
        progress.tell(prediction);
        Ok(())
    }

    /// Gives a prediction up, and says in the error what has become of it.
    fn abandon(&self, error: ProcessorError, prediction: &Prediction, files: &[String]) -> ProcessorError {
        let ended = self.config.clean_up(self.give_up(prediction, files)).flatten();
        told(error, Some(&prediction.id), ended)
    }

    /// Cancels a prediction, removes its files, and forgets it; but where it may go on, or has succeeded after all, the next
    /// run finds it. Gives the status that it has ended with, if it is known to have ended.
    async fn give_up(&self, prediction: &Prediction, files: &[String]) -> Option<Status> {
        let kept = Kept {
            prediction_id: prediction.id.clone(),
            files: files.to_owned(),
        };
        if let Err(error) = kept.keep(self.config) {
            tracing::warn!(%error, "prediction_not_kept");
        }
        let ended = self.cancel(prediction).await?;
        if ended != Status::Succeeded {
            self.forget();
        }
        uploads::remove(self.api, files).await;
        Some(ended)
    }

    /// Cancels a prediction; gives the status that it has ended with.
    async fn cancel(&self, prediction: &Prediction) -> Option<Status> {
        let mut last = self.api.cancel(prediction).await;
        loop {
            match last {
                Ok(now) if now.status.is_running() => {
                    tokio::time::sleep(CANCEL_POLL).await;
                    last = self.api.poll(&now).await;
                }
                Ok(ended) => {
                    let status = ended.status.as_str();
                    tracing::info!(prediction_id = ended.id, status, "prediction_cancelled");
                    return Some(ended.status);
                }
                Err(error) => {
                    tracing::warn!(prediction_id = prediction.id, %error, "prediction_not_cancelled");
                    return None;
                }
            }
        }
    }

    /// What is not forgotten comes to nothing when the next run looks at it.
    fn forget(&self) {
        if let Err(error) = self.config.forget() {
            tracing::warn!(%error, "prediction_not_forgotten");
        }
    }

    fn remove_files(&self, ids: &[String]) {
        if !ids.is_empty() {
            self.config.clean_up(uploads::remove(self.api, ids));
        }
    }

    fn sleep(&self, pause: Duration) -> Result<(), ProcessorError> {
        self.config.block_on(async {
            tokio::time::sleep(pause).await;
            Ok(())
        })
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

/// Whether the deadline or a signal has ended the run.
fn is_interruption(error: &ProcessorError) -> bool {
    matches!(error.code(), ErrorCode::Timeout | ErrorCode::Cancelled(_))
}

/// The error, with what has become of the prediction.
fn told(error: ProcessorError, id: Option<&str>, ended: Option<Status>) -> ProcessorError {
    let what = match (id, ended) {
        (_, Some(Status::Canceled | Status::Aborted)) => "was cancelled, as the service has confirmed",
        (_, Some(ended)) => ended.told(),
        (Some(_), None) => "may go on, as the service has not confirmed that it is cancelled",
        (None, None) => "may have been made, as the service had not answered yet",
    };
    let id = id.map_or_else(String::new, |id| format!(" {id}"));
    ProcessorError::new(
        error.code(),
        format!("{}; the prediction{id} {what}", error.message()),
    )
}
