//! Asks the service for the schema of a model's version.

use std::time::{Duration, Instant};

use runtime::http::Answer;
use runtime::{Config, ErrorCode, ProcessorError};

use crate::api::Api;
use crate::prediction::Prediction;
use crate::reference::{Model, Reference, is_version};
use crate::schema::{Schema, latest_version};

const CHECK: &str = "REPLICATE_SCHEMA_CHECK";

/// How long a run may wait for the schema of its input: it can go on without a check.
const INPUT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a run may wait for the schema of its output: it can go on without, but with less certainty about files.
const OUTPUT_TIMEOUT: Duration = Duration::from_secs(20);

/// The version of a model that a prediction is going to be made with.
#[derive(Debug)]
pub(crate) struct ModelVersion {
    /// `None` if the service does not name it.
    pub(crate) id: Option<String>,
    pub(crate) schema: Schema,
}

/// Whether parameters are checked against the model's schema.
///
/// # Errors
///
/// `ERR_USAGE` that names the setting.
pub(crate) fn is_check_enabled(config: &Config) -> Result<bool, ProcessorError> {
    match config.setting(CHECK)?.as_deref() {
        None | Some("on") => Ok(true),
        Some("off") => Ok(false),
        Some(_) => Err(ProcessorError::new(
            ErrorCode::Usage,
            format!("{CHECK} is neither on nor off"),
        )),
    }
}

impl ModelVersion {
    /// Asks once, and not for long, which version a reference means.
    pub(crate) async fn look_up(config: &Config, api: &Api, reference: &Reference) -> Option<Self> {
        let (model, version) = reference.described()?;
        let timeout = timeout(config, 4, INPUT_TIMEOUT);
        let body = answer_within(timeout, api.model_once(model, version)).await;
        let found = body.and_then(|body| Self::parse(&body, version));
        if found.is_none() {
            tracing::warn!("params_not_checked");
        }
        found
    }

    fn parse(body: &[u8], version: Option<&str>) -> Option<Self> {
        Some(Self {
            id: version.map(str::to_owned).or_else(|| latest_version(body)),
            schema: Schema::parse(body, version.is_some())?,
        })
    }

    /// The schema, unless another version made the prediction.
    pub(crate) fn schema_of(self, prediction: &Prediction) -> Option<Schema> {
        let made_by = prediction.version.as_ref().filter(|version| is_version(version));
        let is_same = made_by.is_none_or(|made_by| self.id.as_ref() == Some(made_by));
        is_same.then_some(self.schema)
    }
}

/// Asks for the schema of the version that made a prediction; an empty one if that cannot be had.
pub(crate) async fn output_schema(
    config: &Config,
    api: &Api,
    reference: &Reference,
    prediction: &Prediction,
) -> Schema {
    let named = prediction.model.as_deref().and_then(Model::parse);
    let Some(model) = named.as_ref().or(reference.named()) else {
        return Schema::default();
    };
    let version = prediction
        .version
        .as_deref()
        .filter(|version| is_version(version));
    let timeout = timeout(config, 2, OUTPUT_TIMEOUT);
    let body = answer_within(timeout, api.model(model, version)).await;
    let schema = body.and_then(|body| Schema::parse(&body, version.is_some()));
    schema.unwrap_or_else(|| {
        tracing::warn!("schema_unknown");
        Schema::default()
    })
}

/// This fraction of the time that is left, but not more than `longest`.
fn timeout(config: &Config, fraction: u32, longest: Duration) -> Duration {
    let left = config
        .deadline()
        .map(|end| end.saturating_duration_since(Instant::now()) / fraction);
    left.map_or(longest, |left| left.min(longest))
}

/// The body of a successful answer.
async fn answer_within(
    timeout: Duration,
    request: impl Future<Output = Result<Answer, ProcessorError>>,
) -> Option<Vec<u8>> {
    let answer = tokio::time::timeout(timeout, request).await.ok()?.ok()?;
    answer.status.is_success().then_some(answer.body)
}
