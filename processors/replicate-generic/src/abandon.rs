//! A prediction that nobody waits for any more.

use std::cell::RefCell;
use std::time::Duration;

use runtime::{Config, ProcessorError};

use crate::api::Api;
use crate::kept::Kept;
use crate::prediction::{Prediction, Status};
use crate::uploads;

/// A prediction that is cancelled may take a moment to end.
const POLL: Duration = Duration::from_millis(200);

/// What is needed to cancel a prediction.
#[derive(Clone, Debug)]
pub(crate) struct Handle {
    pub(crate) id: String,
    /// Where, if the service has said it.
    pub(crate) cancel: Option<String>,
}

impl From<&Prediction> for Handle {
    fn from(prediction: &Prediction) -> Self {
        Self {
            id: prediction.id.clone(),
            cancel: prediction.urls.cancel.clone(),
        }
    }
}

/// What has come of asking for a prediction.
#[derive(Debug)]
pub(crate) enum Outcome {
    Made(Handle),
    /// The service has refused it.
    Refused,
    /// Nobody knows.
    Unknown,
}

/// What a run has that gives its prediction up.
pub(crate) struct Abandoned<'a> {
    config: &'a Config,
    api: &'a Api,
    kept: &'a Kept,
}

/// What has become known of the prediction by the time that there is no more.
#[derive(Default)]
struct Known {
    id: Option<String>,
    /// As what it has ended, if it has.
    ended: Option<Status>,
    is_refused: bool,
}

impl<'a> Abandoned<'a> {
    pub(crate) const fn new(config: &'a Config, api: &'a Api, kept: &'a Kept) -> Self {
        Self { config, api, kept }
    }

    /// Cancels the prediction, then removes its files and forgets it, in 5 seconds at most; says in the error what has become of
    /// it. One that may go on, or has succeeded after all, is kept with its files: the next run picks it up.
    pub(crate) fn end(&self, error: ProcessorError, asked: impl Future<Output = Outcome>) -> ProcessorError {
        let known = RefCell::new(Known::default());
        self.config.clean_up(async {
            let handle = match asked.await {
                Outcome::Made(handle) => handle,
                Outcome::Refused => {
                    known.borrow_mut().is_refused = true;
                    return self.kept.discard(self.config, self.api).await;
                }
                Outcome::Unknown => return,
            };
            known.borrow_mut().id = Some(handle.id.clone());
            let kept = Kept {
                prediction_id: Some(handle.id.clone()),
                files: self.kept.files.clone(),
                succeeded: None,
            };
            if let Err(error) = kept.keep(self.config) {
                tracing::warn!(%error, "prediction_not_kept");
            }
            let ended = self.cancel(&handle).await;
            known.borrow_mut().ended = Some(ended);
            match ended {
                Status::Succeeded => uploads::remove(self.api, &kept.files).await,
                _ => kept.discard(self.config, self.api).await,
            }
        });
        known.into_inner().told(error)
    }

    /// Gives the status that the prediction has ended with; asks until it is known.
    async fn cancel(&self, handle: &Handle) -> Status {
        let mut is_asked = false;
        loop {
            let told = match is_asked {
                false => self.api.cancel(&handle.id, handle.cancel.as_deref()).await,
                true => self.api.look(&handle.id).await,
            };
            let told = match told {
                Ok(told) => {
                    is_asked = true;
                    Ok(told)
                }
                Err(error) => {
                    tracing::warn!(prediction_id = handle.id, %error, "prediction_not_cancelled");
                    self.api.look(&handle.id).await // it may have ended
                }
            };
            if let Ok(ended) = told
                && !ended.status.is_running()
            {
                let status = ended.status.as_str();
                tracing::info!(prediction_id = ended.id, status, "prediction_cancelled");
                return ended.status;
            }
            tokio::time::sleep(POLL).await;
        }
    }
}

impl Known {
    /// The error, with what is known.
    fn told(self, error: ProcessorError) -> ProcessorError {
        let what = match (&self.id, self.ended) {
            _ if self.is_refused => "was not made, as the service has refused it",
            (_, Some(Status::Canceled | Status::Aborted)) => "was cancelled, as the service has confirmed",
            (_, Some(ended)) => ended.told(),
            (Some(_), None) => "may go on, as the service has not confirmed that it is cancelled",
            (None, None) => "may have been made, as the service had not answered yet",
        };
        let id = self.id.map_or_else(String::new, |id| format!(" {id}"));
        error.map_message(|message| format!("{message}; the prediction{id} {what}"))
    }
}
