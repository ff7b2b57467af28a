//! Cancels a prediction when its run is interrupted.

use std::cell::RefCell;
use std::time::Duration;

use runtime::{Config, ErrorCode, ProcessorError};

use crate::api::Api;
use crate::checkpoint::Checkpoint;
use crate::prediction::{Prediction, Status};
use crate::uploads;

/// Fixed and short, unlike the pauses of `runtime::http::retry`: those leave room for three tries within the 5 seconds of
/// `Config::clean_up`.
const PAUSE: Duration = Duration::from_millis(200);

/// What is needed to cancel a prediction.
#[derive(Clone, Debug)]
pub(crate) struct PredictionHandle {
    pub(crate) id: String,
    pub(crate) cancel_url: Option<String>,
}

impl From<&Prediction> for PredictionHandle {
    fn from(prediction: &Prediction) -> Self {
        Self {
            id: prediction.id.clone(),
            cancel_url: prediction.urls.cancel.clone(),
        }
    }
}

/// Whether there is a prediction.
#[derive(Debug)]
pub(crate) enum CreationOutcome {
    Created(PredictionHandle),
    /// The service refused it.
    Refused,
    Unknown,
}

/// What is known of the prediction when the time is up.
#[derive(Default)]
struct Report {
    id: Option<String>,
    /// The status that it ended with.
    end: Option<Status>,
    is_refused: bool,
}

/// Cancels the prediction, then discards it, in 5 seconds at most; adds to the error what became of it. A prediction that may go on,
/// or that succeeded after all, keeps its checkpoint, so that the next run resumes it.
pub(crate) fn cancel(
    config: &Config,
    api: &Api,
    checkpoint: &Checkpoint,
    error: ProcessorError,
    outcome: impl Future<Output = CreationOutcome>,
) -> ProcessorError {
    let report = RefCell::new(Report::default());
    config.clean_up(async {
        let handle = match outcome.await {
            CreationOutcome::Created(handle) => handle,
            CreationOutcome::Refused => {
                report.borrow_mut().is_refused = true;
                return discard(config, api, checkpoint).await;
            }
            CreationOutcome::Unknown => return,
        };
        report.borrow_mut().id = Some(handle.id.clone());
        let checkpoint = Checkpoint::new(Some(handle.id.clone()), checkpoint.files.clone());
        if let Err(error) = checkpoint.save(config) {
            tracing::warn!(%error, "prediction_not_kept");
        }
        let end = request_end(api, &handle).await;
        report.borrow_mut().end = Some(end);
        if end == Status::Succeeded {
            uploads::remove(api, &checkpoint.files).await;
        } else {
            discard(config, api, &checkpoint).await;
        }
    });
    report.into_inner().add_to(error)
}

/// Clears the checkpoint of a prediction that comes to nothing, and removes its input files. If it cannot be cleared, the next run
/// finds that it is of no use.
pub(crate) async fn discard(config: &Config, api: &Api, checkpoint: &Checkpoint) {
    if let Err(error) = config.clear_checkpoint() {
        tracing::warn!(%error, "prediction_not_forgotten");
    }
    uploads::remove(api, &checkpoint.files).await;
}

/// Whether the deadline or a signal ended the run.
pub(crate) const fn is_interruption(error: &ProcessorError) -> bool {
    matches!(error.code(), ErrorCode::Timeout | ErrorCode::Cancelled(_))
}

/// Asks for the end of a prediction until the service accepts that, then for its status until it has ended.
async fn request_end(api: &Api, handle: &PredictionHandle) -> Status {
    let mut is_accepted = false;
    loop {
        let answer = if is_accepted {
            api.get_once(&handle.id).await
        } else {
            api.cancel(&handle.id, handle.cancel_url.as_deref()).await
        };
        let answer = match answer {
            Ok(prediction) => {
                is_accepted = true;
                Ok(prediction)
            }
            Err(error) => {
                tracing::warn!(prediction_id = handle.id, %error, "prediction_not_cancelled");
                api.get_once(&handle.id).await // it may have ended
            }
        };
        if let Ok(prediction) = answer
            && !prediction.status.is_running()
        {
            let status = prediction.status.as_str();
            tracing::info!(prediction_id = prediction.id, status, "prediction_cancelled");
            return prediction.status;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

impl Report {
    fn add_to(self, error: ProcessorError) -> ProcessorError {
        let what = match (&self.id, self.end) {
            _ if self.is_refused => "was not made, as the service has refused it",
            (_, Some(Status::Canceled | Status::Aborted)) => "was cancelled, as the service has confirmed",
            (_, Some(end)) => end.description(),
            (Some(_), None) => "may go on, as the service has not confirmed that it is cancelled",
            (None, None) => "may have been made, as the service had not answered yet",
        };
        let id = self.id.map_or_else(String::new, |id| format!(" {id}"));
        error.map_message(|message| format!("{message}; the prediction{id} {what}"))
    }
}
