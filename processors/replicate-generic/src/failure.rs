//! Error messages of predictions that have ended without an output that can be used.

use runtime::http::lenient_json::Defect;
use runtime::{Body, Config, ErrorCode, ProcessorError};

use crate::logs;
use crate::prediction::{Prediction, Status};

/// The most that a message quotes of a model's error, in characters.
const LONGEST_REASON: usize = 400;
/// The most that a message quotes of an unknown status, in characters.
const LONGEST_STATUS: usize = 60;

/// Why a prediction did not succeed: its error, and the end of its log.
pub(crate) fn failed(config: &Config, prediction: &Prediction) -> ProcessorError {
    let Prediction { id, status, .. } = prediction;
    if prediction.is_output_removed() {
        return ProcessorError::new(
            ErrorCode::ProviderFailed,
            format!(
                "the prediction {id} succeeded, but the provider has removed its output (data_removed); run it again to make a new one"
            ),
        );
    }
    let quote = |text: &str, longest| -> String { config.redact(text).chars().take(longest).collect() };
    let mut message = format!("the prediction {id} {}", status.description());
    if *status == Status::Ended {
        message.push_str(&format!(" ({:?})", quote(&prediction.raw_status, LONGEST_STATUS)));
    }
    let reason = quote(
        prediction.error.as_deref().unwrap_or_default().trim(),
        LONGEST_REASON,
    );
    let log = logs::tail(config, &prediction.logs);
    for (introduction, text) in [(": ", reason), ("; its log ends with: ", log)] {
        if !text.is_empty() {
            message.push_str(introduction);
            message.push_str(&text);
        }
    }
    let error = ProcessorError::new(ErrorCode::ProviderFailed, message);
    if *status == Status::Ended && prediction.output() != "null" {
        return error.with_rejected(Body::Bytes(prediction.body.clone()));
    }
    error
}

/// Why the output of a success cannot be used. The answer is kept.
pub(crate) fn unusable(prediction: Prediction, defect: &Defect) -> ProcessorError {
    let id = &prediction.id;
    let hint = if defect.is_transient {
        "a run of the same execution id picks it up"
    } else {
        "another run makes it again"
    };
    let message = format!(
        "the provider's answer cannot be used: {defect}; the prediction {id} has succeeded, and {hint}"
    );
    ProcessorError::new(ErrorCode::ProviderResponse, message).with_rejected(Body::Bytes(prediction.body))
}
