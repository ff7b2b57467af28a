//! Creates a prediction, and keeps track of whether there may be one that has no known id.

use std::cell::{Cell, RefCell};
use std::pin::pin;

use reqwest::{Request, StatusCode};
use runtime::http::{self, Answer, AttemptError, Retry};
use runtime::{Config, ErrorCode, ProcessorError};
use serde_json::Value;

use crate::api::{self, Api, PROVIDER};
use crate::cancel::{self, CreationOutcome, PredictionHandle, is_interruption};
use crate::checkpoint::Checkpoint;
use crate::prediction::Prediction;
use crate::reference::{Endpoint, Model, Reference};
use crate::schema;

/// A prediction that was just created.
#[derive(Debug)]
pub(crate) struct Created {
    pub(crate) prediction: Prediction,
    /// The requested version, if any.
    pub(crate) version: Option<String>,
    /// How many requests it took.
    pub(crate) attempts: u32,
}

/// The state of a creation.
pub(crate) struct Creation<'a> {
    config: &'a Config,
    api: &'a Api,
    /// The model, if its latest version is meant.
    model: Option<&'a Model>,
    /// The id of the latest version, if known.
    latest: Option<&'a str>,
    endpoint: RefCell<Endpoint>,
    attempts: Cell<u32>,
    /// Whether a request is waiting for its answer.
    is_in_flight: Cell<bool>,
    /// Whether there may be a prediction without a known id, which may need its files.
    may_exist: Cell<bool>,
    /// Whether no further request may be made.
    is_stopped: Cell<bool>,
}

impl<'a> Creation<'a> {
    pub(crate) fn new(
        config: &'a Config,
        api: &'a Api,
        reference: &'a Reference,
        latest: Option<&'a str>,
    ) -> Self {
        Self {
            config,
            api,
            model: reference.model(),
            latest,
            endpoint: RefCell::new(reference.endpoint()),
            attempts: Cell::new(0),
            is_in_flight: Cell::new(false),
            may_exist: Cell::new(false),
            is_stopped: Cell::new(false),
        }
    }

    /// Creates the prediction. If that fails for certain, its files are removed.
    ///
    /// # Errors
    ///
    /// Those of the service; `ERR_TIMEOUT` and `ERR_CANCELLED` that say what became of the prediction.
    pub(crate) fn run(self, input: &Value, checkpoint: &Checkpoint) -> Result<Created, ProcessorError> {
        let (config, api) = (self.config, self.api);
        let mut retries = api.retries();
        let mut request = pin!(http::retry(&mut retries, async || self.attempt(input).await));
        let error = match config.block_on(request.as_mut()) {
            Ok(prediction) => {
                let attempts = self.attempts.get();
                tracing::info!(prediction_id = prediction.id, attempts, "prediction_created");
                return Ok(Created {
                    prediction,
                    version: self.endpoint.borrow().version.clone(),
                    attempts,
                });
            }
            Err(error) => error,
        };
        if is_interruption(&error) && self.is_in_flight.get() {
            // only the answer to the request has the id
            self.is_stopped.set(true);
            let outcome = async {
                match request.await {
                    Ok(prediction) => CreationOutcome::Created(PredictionHandle::from(&prediction)),
                    Err(_) if self.may_exist.get() => CreationOutcome::Unknown,
                    Err(_) => CreationOutcome::Refused,
                }
            };
            return Err(cancel::cancel(config, api, checkpoint, error, outcome));
        }
        if self.may_exist.get() {
            return Err(error.map_message(|message| {
                format!("{message}; a prediction may have been made, and another run asks for another one")
            }));
        }
        config.clean_up(cancel::discard(config, api, checkpoint));
        Err(error)
    }

    async fn attempt(&self, input: &Value) -> Result<Prediction, AttemptError> {
        let answer = loop {
            let request = self.api.create_request(&self.endpoint.borrow(), input)?;
            let answer = self.send(request).await;
            let is_missing = answer
                .as_ref()
                .is_ok_and(|answer| answer.status == StatusCode::NOT_FOUND);
            let has_version = self.endpoint.borrow().version.is_some();
            // a community model has no endpoint of its own, but its versions do
            let Some(model) = self
                .model
                .filter(|_| is_missing && !has_version && !self.is_stopped.get())
            else {
                break answer;
            };
            let version = match self.latest {
                Some(latest) => latest.to_owned(),
                None => self.latest_version(model).await?,
            };
            self.endpoint.replace(Endpoint::from_version(version));
        };
        let answer = api::check_effect(answer).map_err(|mut attempt_error| {
            if self.is_stopped.get() {
                attempt_error.retry = Retry::Never;
            }
            attempt_error
        })?;
        self.may_exist.set(true); // until its id is known
        let prediction = Prediction::parse(answer.body)?;
        self.may_exist.set(false);
        Ok(prediction)
    }

    async fn send(&self, request: Request) -> Result<Answer, ProcessorError> {
        self.is_in_flight.set(true);
        http::report_request(PROVIDER);
        let answer = self.api.send(request).await;
        self.is_in_flight.set(false);
        self.attempts.set(self.attempts.get() + 1);
        self.may_exist.set(match &answer {
            Ok(answer) => !answer.status.is_client_error() && !answer.status.is_success(),
            Err(error) => !http::is_unconnected(error),
        });
        answer
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
}
