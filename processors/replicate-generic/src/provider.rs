//! The provider of `replicate/generic@1`: official models on Replicate.

mod api;
mod model;
mod prediction;

use std::time::Duration;

use runtime::{Config, ErrorCode, Inputs, Mode, OutputItem, ProcessorError, ProcessorOutput, Runner};
use serde_json::json;

use api::Api;
use model::Model;
use prediction::{Prediction, Status};

const INFO: &str = "replicate_generic:v1";
const MOCK: &str = r#"{"result":["https://example.invalid/mock.webp"]}"#;

/// Polling starts fast, for models that answer at once, and slows down for those that take minutes.
const FIRST_POLL: Duration = Duration::from_millis(100);
const SLOWEST_POLL: Duration = Duration::from_secs(5);

/// Makes the runner.
#[must_use]
pub fn make_runner(config: Config) -> Runner {
    Box::new(move |inputs| {
        let output = ProcessorOutput::new(INFO);
        match inputs.mode {
            Mode::Mock => Ok(output.with_output(response(MOCK))),
            Mode::Real => real(&config, inputs, output),
        }
    })
}

fn real(
    config: &Config,
    mut inputs: Inputs,
    mut output: ProcessorOutput,
) -> Result<ProcessorOutput, ProcessorError> {
    let model = Model::parse(inputs.model.as_deref())?;
    inputs
        .replace_files(|inputs, name, at| Ok(inputs.read(name, at, LARGEST_DATA_URI)?.data_uri().into()))?;
    let body = serde_json::to_vec(&json!({ "input": inputs.params })).map_err(std::io::Error::from)?;
    let api = Api::of(config)?;
    let prediction = config.block_on(async {
        let mut prediction = api.create(&model, body).await?;
        tracing::info!(prediction_id = prediction.id, "prediction_created");
        let mut pause = FIRST_POLL;
        while prediction.status.is_running() {
            tokio::time::sleep(pause).await;
            pause = SLOWEST_POLL.min(pause.mul_f64(1.5));
            prediction = api.poll(&prediction).await?;
        }
        Ok(prediction)
    })?;
    output.usage = prediction.usage();
    output.extra.insert("prediction_id".into(), prediction.id.clone());
    let result = prediction.result()?;
    Ok(output.with_output(response(&format!(r#"{{"result":{result}}}"#))))
}

/// What the service takes inside a request, in bytes; larger files need its files API.
const LARGEST_DATA_URI: u64 = 256 * 1000;

fn response(body: &str) -> OutputItem {
    OutputItem::bytes("outputs/response.json", "application/json", body)
}

impl Prediction {
    /// The model's output as JSON, byte for byte as the service sent it.
    fn result(&self) -> Result<&str, ProcessorError> {
        let ended = match self.status {
            Status::Succeeded => return Ok(self.output.as_ref().map_or("null", |output| output.get())),
            Status::Failed => "failed",
            Status::Canceled => "was cancelled",
            Status::Aborted => "was aborted",
            Status::Starting | Status::Processing => "is not done",
        };
        let reason = self.reason();
        Err(ProcessorError::new(
            ErrorCode::ProviderFailed,
            format!("the prediction {} {ended}{reason}", self.id),
        ))
    }
}
