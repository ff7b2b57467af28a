//! The life of a prediction: asked for or picked up again, waited for, and cancelled where nobody waits any more.

use std::cell::Cell;
use std::future::ready;
use std::pin::pin;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use reqwest::StatusCode;
use runtime::http::{self, Answer, Retries};
use runtime::{Config, ErrorCode, Inputs, ProcessorError};
use serde_json::Value;

use crate::abandon::{Abandoned, Handle, Outcome};
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

/// A prediction that has succeeded.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) prediction: Prediction,
    /// The version that was asked for, if one was.
    pub(crate) version: Option<String>,
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
            return Ok(Done {
                prediction: self.finish(prediction, &kept)?,
                version: None,
                attempts: 0,
                was_kept: true,
            });
        }
        let mut uploads = Uploads::default();
        let uploaded = uploads.replace(self.config, self.api, &mut inputs);
        let mut kept = Kept {
            prediction_id: None,
            files: uploads.ids,
        };
        if let Err(error) = uploaded {
            self.discard(&kept);
            return Err(error);
        }
        let mut done = self.create(&Value::Object(inputs.params), &kept)?;
        kept.prediction_id = Some(done.prediction.id.clone());
        if let Err(error) = kept.keep(self.config) {
            // a disk that is full now is full at the end too
            return Err(self.abandon(error, &done.prediction, &kept));
        }
        done.prediction = self.finish(done.prediction, &kept)?;
        Ok(done)
    }

    /// The prediction that an earlier run has asked for, if it can still come to something.
    fn pick_up(&self) -> Result<Option<(Prediction, Kept)>, ProcessorError> {
        let Some(kept) = Kept::of(self.config)? else {
            return Ok(None);
        };
        let found = match &kept.prediction_id {
            None => None,
            Some(id) => match self.config.block_on(self.api.find(id)) {
                Err(error) if is_interruption(&error) => {
                    let handle = Handle {
                        id: id.clone(),
                        cancel: None,
                    };
                    let abandoned = Abandoned::new(self.config, self.api, &kept);
                    return Err(abandoned.end(error, ready(Outcome::Made(handle))));
                }
                found => found?,
            },
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
                self.discard(&kept);
                Ok(None)
            }
        }
    }

    /// Asks for a prediction. Where there will be none, the files for it are removed.
    fn create(&self, input: &Value, kept: &Kept) -> Result<Done, ProcessorError> {
        let mut endpoint = self.reference.endpoint();
        let mut retries = Retries::new(POST_RETRIES, self.config.deadline());
        let mut attempts = 0;
        loop {
            let error = match self.attempt(input, &endpoint, &mut attempts, kept) {
                Ok(Asked::Created(prediction)) => {
                    tracing::info!(prediction_id = prediction.id, attempts, "prediction_created");
                    return Ok(Done {
                        prediction,
                        version: endpoint.version,
                        attempts,
                        was_kept: false,
                    });
                }
                Ok(Asked::Version(version)) => {
                    endpoint = Endpoint::of_version(version);
                    continue;
                }
                Ok(Asked::Again(error, asked)) => match api::pause(&mut retries, error, asked) {
                    Ok(pause) => match api::sleep(self.config, pause) {
                        Ok(()) => continue,
                        Err(error) => error,
                    },
                    Err(error) => error,
                },
                Err(Unanswered::Nothing(error)) => error,
                Err(Unanswered::Abandoned(error)) => return Err(error),
                Err(Unanswered::Perhaps(error)) => {
                    return Err(error.reworded(|message| {
                        format!(
                            "{message}; a prediction may have been made, and another run asks for another one"
                        )
                    }));
                }
            };
            self.discard(kept);
            return Err(error);
        }
    }

    fn attempt(
        &self,
        input: &Value,
        endpoint: &Endpoint,
        attempts: &mut u32,
        kept: &Kept,
    ) -> Result<Asked, Unanswered> {
        let has_begun = Cell::new(false);
        let request = self.api.creation(endpoint, input)?;
        let mut attempt = pin!(async {
            has_begun.set(true);
            self.api.send(request).await
        });
        let answer = match self.config.block_on(attempt.as_mut()) {
            Ok(answer) => answer,
            Err(error) if is_interruption(&error) && has_begun.get() => {
                // the request is on its way, and only its answer has the id
                let asked = async { Outcome::of(attempt.await) };
                let abandoned = Abandoned::new(self.config, self.api, kept);
                return Err(Unanswered::Abandoned(abandoned.end(error, asked)));
            }
            Err(error) if http::is_unconnected(&error) => {
                *attempts += 1;
                return Ok(Asked::Again(error, None));
            }
            Err(error) if is_interruption(&error) => return Err(error.into()),
            Err(error) => return Err(Unanswered::Perhaps(error)),
        };
        *attempts += 1;
        if let Some(model) = self.community_model(&answer, endpoint) {
            return Ok(Asked::Version(self.latest_version(model)?));
        }
        match answer.check() {
            Ok(()) => Prediction::parse(answer.body)
                .map(Asked::Created)
                .map_err(Unanswered::Perhaps),
            Err(error) if error.code() == ErrorCode::ProviderRateLimit => {
                Ok(Asked::Again(error, api::asked(&answer)))
            }
            Err(error) if answer.status.is_client_error() => Err(error.into()),
            Err(error) => Err(Unanswered::Perhaps(error)),
        }
    }

    /// The model that has no endpoint of its own, if that may be why there is none.
    fn community_model(&self, answer: &Answer, endpoint: &Endpoint) -> Option<&Model> {
        let is_missing = answer.status == StatusCode::NOT_FOUND && endpoint.version.is_none();
        self.reference.model().filter(|_| is_missing)
    }

    fn latest_version(&self, model: &Model) -> Result<String, ProcessorError> {
        let answer = self.config.block_on(self.api.model(model, None))?;
        answer.check()?;
        let version = schema::latest_version(&answer.body).ok_or_else(|| {
            ProcessorError::new(
                ErrorCode::ProviderRejected,
                format!("the model {model} has no version that can be run; name another model in /model"),
            )
        })?;
        tracing::info!(version, "latest_version");
        Ok(version)
    }

    /// Waits until the prediction has ended.
    fn finish(&self, mut prediction: Prediction, kept: &Kept) -> Result<Prediction, ProcessorError> {
        match self.config.block_on(self.wait(&mut prediction)) {
            Ok(()) => {}
            Err(error) if is_interruption(&error) => return Err(self.abandon(error, &prediction, kept)),
            Err(error) => {
                let id = &prediction.id;
                return Err(error.reworded(|message| {
                    format!("{message}; the prediction {id} goes on, and a run of the same execution id picks it up")
                }));
            }
        }
        if prediction.status == Status::Succeeded {
            self.config.clean_up(uploads::remove(self.api, &kept.files));
            return Ok(prediction);
        }
        self.discard(kept);
        Err(prediction.failure(self.config))
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

    fn abandon(&self, error: ProcessorError, prediction: &Prediction, kept: &Kept) -> ProcessorError {
        Abandoned::new(self.config, self.api, kept).end(error, ready(Outcome::Made(prediction.into())))
    }

    /// Forgets a prediction that there will not be, and removes its files.
    fn discard(&self, kept: &Kept) {
        self.config.clean_up(kept.discard(self.config, self.api));
    }
}

/// What came of asking for a prediction.
enum Asked {
    Created(Prediction),
    /// It has to be asked for by this version.
    Version(String),
    /// There is none, and another request may fare better after a pause.
    Again(ProcessorError, Option<Duration>),
}

/// Why there is no answer.
enum Unanswered {
    /// There will be no prediction.
    Nothing(ProcessorError),
    /// Nobody knows whether there is one, and it may need its files.
    Perhaps(ProcessorError),
    /// The run has to end, and has done what it could about the prediction.
    Abandoned(ProcessorError),
}

impl From<ProcessorError> for Unanswered {
    fn from(error: ProcessorError) -> Self {
        Self::Nothing(error)
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
