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

impl From<Prediction> for Handle {
    fn from(prediction: Prediction) -> Self {
        Self::from(&prediction)
    }
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
}

impl<'a> Abandoned<'a> {
    pub(crate) const fn new(config: &'a Config, api: &'a Api, kept: &'a Kept) -> Self {
        Self { config, api, kept }
    }

    /// Cancels the prediction, then removes its files and forgets it, in 5 seconds at most; says in the error what has become of
    /// it. One that may go on, or has succeeded after all, is kept with its files: the next run picks it up.
    pub(crate) fn end(
        &self,
        error: ProcessorError,
        handle: impl Future<Output = Option<Handle>>,
    ) -> ProcessorError {
        let known = RefCell::new(Known::default());
        self.config.clean_up(async {
            let Some(handle) = handle.await else { return };
            known.borrow_mut().id = Some(handle.id.clone());
            let kept = Kept {
                prediction_id: Some(handle.id.clone()),
                files: self.kept.files.clone(),
            };
            if let Err(error) = kept.keep(self.config) {
                tracing::warn!(%error, "prediction_not_kept");
            }
            let Some(ended) = self.cancel(&handle).await else {
                return;
            };
            known.borrow_mut().ended = Some(ended);
            if ended != Status::Succeeded
                && let Err(error) = self.config.forget()
            {
                tracing::warn!(%error, "prediction_not_forgotten");
            }
            uploads::remove(self.api, &self.kept.files).await;
        });
        known.into_inner().told(&error)
    }

    /// Gives the status that the prediction has ended with.
    async fn cancel(&self, handle: &Handle) -> Option<Status> {
        let mut last = self.api.cancel(&handle.id, handle.cancel.as_deref()).await;
        loop {
            match last {
                Ok(now) if now.status.is_running() => {
                    tokio::time::sleep(POLL).await;
                    last = self.api.poll(&now).await;
                }
                Ok(ended) => {
                    let status = ended.status.as_str();
                    tracing::info!(prediction_id = ended.id, status, "prediction_cancelled");
                    return Some(ended.status);
                }
                Err(error) => {
                    tracing::warn!(prediction_id = handle.id, %error, "prediction_not_cancelled");
                    return None;
                }
            }
        }
    }
}

impl Known {
    /// The error, with what is known.
    fn told(self, error: &ProcessorError) -> ProcessorError {
        let what = match (&self.id, self.ended) {
            (_, Some(Status::Canceled | Status::Aborted)) => "was cancelled, as the service has confirmed",
            (_, Some(ended)) => ended.told(),
            (Some(_), None) => "may go on, as the service has not confirmed that it is cancelled",
            (None, None) => "may have been made, as the service had not answered yet",
        };
        let id = self.id.map_or_else(String::new, |id| format!(" {id}"));
        ProcessorError::new(
            error.code(),
            format!("{}; the prediction{id} {what}", error.message()),
        )
    }
}
