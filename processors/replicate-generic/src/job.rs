//! The life of a prediction: asked for or picked up again, waited for, and cancelled where nobody waits any more.

use std::cell::{Cell, RefCell};
use std::future::ready;
use std::pin::pin;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use reqwest::{Request, StatusCode};
use runtime::http::{self, Again, Answer, Setback};
use runtime::{Config, ErrorCode, Inputs, ProcessorError};
use serde_json::Value;

use crate::abandon::{Abandoned, Handle, Outcome};
use crate::api::{self, Api};
use crate::kept::Kept;
use crate::logs::Progress;
use crate::prediction::{Prediction, Status};
use crate::reference::{Endpoint, Model, Reference};
use crate::schema::{self, Known};
use crate::secrets;
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
    /// What the check of the parameters was made with, where there was one.
    pub(crate) known: Option<Known>,
    /// The parameters that went as something else.
    pub(crate) changed: Vec<String>,
}

/// What a run does with one prediction.
pub(crate) struct Job<'a> {
    pub(crate) config: &'a Config,
    pub(crate) api: &'a Api,
    pub(crate) reference: &'a Reference,
    /// Whether the parameters are checked before they are paid for.
    pub(crate) is_checked: bool,
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
                known: None,
                changed: Vec::new(),
            });
        }
        let known = self.known()?;
        let changed = match &known {
            Some(known) => known.schema.check(&mut inputs.params)?,
            None => Vec::new(),
        };
        let mut uploads = Uploads::default();
        let uploaded = uploads.replace(self.config, self.api, &mut inputs);
        let mut kept = Kept {
            prediction_id: None,
            files: uploads.ids,
            succeeded: None,
        };
        let filled = uploaded.and_then(|()| secrets::fill_in(&mut inputs, self.config));
        if let Err(error) = filled {
            self.discard(&kept);
            return Err(error);
        }
        let latest = known.as_ref().and_then(|known| known.version.as_deref());
        let mut done = self.create(&Value::Object(inputs.params), latest, &kept)?;
        (done.known, done.changed) = (known, changed);
        kept.prediction_id = Some(done.prediction.id.clone());
        if let Err(error) = kept.keep(self.config) {
            // a disk that is full now is full at the end too
            return Err(self.abandon(error, &done.prediction, &kept));
        }
        done.prediction = self.finish(done.prediction, &kept)?;
        Ok(done)
    }

    /// What the service tells of the model beforehand, unless nobody is to look at it.
    fn known(&self) -> Result<Option<Known>, ProcessorError> {
        if !self.is_checked {
            return Ok(None);
        }
        let known = Known::of(self.config, self.api, self.reference);
        self.config.block_on(async { Ok(known.await) })
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
        if let (None, true, Some(id)) = (&found, kept.is_young(), &kept.prediction_id) {
            return Err(ProcessorError::new(
                ErrorCode::ProviderUnavailable,
                format!(
                    "the provider answered 404 for the prediction {id}, which has succeeded within the hour; run it again in a moment"
                ),
            ));
        }
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
    fn create(&self, input: &Value, latest: Option<&str>, kept: &Kept) -> Result<Done, ProcessorError> {
        let asking = Asking {
            endpoint: RefCell::new(self.reference.endpoint()),
            attempts: Cell::new(0),
            is_on_its_way: Cell::new(false),
            is_perhaps_made: Cell::new(false),
            is_over: Cell::new(false),
        };
        let mut retries = self.api.retries();
        let mut asked = pin!(http::retry(&mut retries, async || self
            .attempt(input, latest, &asking)
            .await));
        let error = match self.config.block_on(asked.as_mut()) {
            Ok(prediction) => {
                let attempts = asking.attempts.get();
                tracing::info!(prediction_id = prediction.id, attempts, "prediction_created");
                return Ok(Done {
                    prediction,
                    version: asking.endpoint.borrow().version.clone(),
                    attempts,
                    was_kept: false,
                    known: None,
                    changed: Vec::new(),
                });
            }
            Err(error) => error,
        };
        if is_interruption(&error) && asking.is_on_its_way.get() {
            // only the answer to the request has the id
            asking.is_over.set(true);
            let outcome = async {
                match asked.await {
                    Ok(prediction) => Outcome::Made(Handle::from(&prediction)),
                    Err(_) if asking.is_perhaps_made.get() => Outcome::Unknown,
                    Err(_) => Outcome::Refused,
                }
            };
            return Err(Abandoned::new(self.config, self.api, kept).end(error, outcome));
        }
        if asking.is_perhaps_made.get() {
            return Err(error.map_message(|message| {
                format!("{message}; a prediction may have been made, and another run asks for another one")
            }));
        }
        self.discard(kept);
        Err(error)
    }

    async fn attempt(
        &self,
        input: &Value,
        latest: Option<&str>,
        asking: &Asking,
    ) -> Result<Prediction, Setback> {
        let answer = loop {
            let request = self.api.creation(&asking.endpoint.borrow(), input)?;
            let answer = asking.send(self.api, request).await;
            let missing = answer.as_ref().ok().and_then(|answer| {
                let is_missing = answer.status == StatusCode::NOT_FOUND;
                self.community_model(&asking.endpoint.borrow())
                    .filter(|_| is_missing)
            });
            let Some(model) = missing.filter(|_| !asking.is_over.get()) else {
                break answer;
            };
            let version = match latest {
                Some(latest) => latest.to_owned(),
                None => self.latest_version(model).await?,
            };
            asking.endpoint.replace(Endpoint::of_version(version));
        };
        let answer = api::effect(answer).map_err(|setback| Setback {
            again: match asking.is_over.get() {
                true => Again::No,
                false => setback.again,
            },
            ..setback
        })?;
        asking.is_perhaps_made.set(true); // until its id is known
        let prediction = Prediction::parse(answer.body)?;
        asking.is_perhaps_made.set(false);
        Ok(prediction)
    }

    /// The model that may have no endpoint of its own, so that there is nothing where it was asked for.
    fn community_model(&self, endpoint: &Endpoint) -> Option<&Model> {
        self.reference.model().filter(|_| endpoint.version.is_none())
    }

    async fn latest_version(&self, model: &Model) -> Result<String, ProcessorError> {
        let answer = self.api.model(model, None).await?;
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
                return Err(error.map_message(|message| {
                    format!("{message}; the prediction {id} goes on, and a run of the same execution id picks it up")
                }));
            }
        }
        let fault = prediction.fault.take();
        if let Some(fault) = fault.filter(|_| prediction.status == Status::Succeeded) {
            if !fault.may_pass {
                self.discard(kept); // it would be the same for ever
            }
            return Err(prediction.unusable(&fault));
        }
        if prediction.status == Status::Succeeded && !prediction.is_lost() {
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

/// Asking for a prediction, as far as it has come.
struct Asking {
    /// Where it is asked for.
    endpoint: RefCell<Endpoint>,
    /// How many requests were made.
    attempts: Cell<u32>,
    /// Whether one of them is not answered yet.
    is_on_its_way: Cell<bool>,
    /// Whether there may be a prediction of an id that nobody knows, which may need its files.
    is_perhaps_made: Cell<bool>,
    /// Whether there is to be no other request.
    is_over: Cell<bool>,
}

impl Asking {
    async fn send(&self, api: &Api, request: Request) -> Result<Answer, ProcessorError> {
        self.is_on_its_way.set(true);
        let answer = api.send(request).await;
        self.is_on_its_way.set(false);
        self.attempts.set(self.attempts.get() + 1);
        self.is_perhaps_made.set(match &answer {
            Ok(answer) => !answer.status.is_client_error() && !answer.status.is_success(),
            Err(error) => !http::is_unconnected(error),
        });
        answer
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
