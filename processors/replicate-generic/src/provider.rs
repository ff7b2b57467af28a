//! The provider of `replicate/generic@1`: any model on Replicate.

mod api;
mod assets;
mod cancel;
mod checkpoint;
mod create;
mod data_uri;
mod estimate;
mod failure;
mod file_source;
mod job;
mod json_pointer;
mod json_string;
mod logs;
mod media_type;
mod output;
mod prediction;
mod reference;
mod schema;
mod schema_lookup;
mod secrets;
mod uploads;

/// The entries of the fuzz targets.
#[cfg(fuzzing)]
pub mod fuzzing {
    pub use crate::assets::content_range;
    pub use crate::schema::fuzzing::{prediction, schema};
}

use std::error::Error as _;

use runtime::{Config, Inputs, Mode, OutputItem, ProcessorError, ProcessorOutput, ProcessorResult, Runner};

use api::Api;
use assets::{Gone, Limits};
use checkpoint::Checkpoint;
pub use estimate::make_estimator;
use job::{CompletedPrediction, Job};
use prediction::Prediction;
use reference::Reference;
use schema_lookup::ModelVersion;

const INFO: &str = "replicate_generic:v1";
const MOCK: &str = r#"{"result":["https://example.invalid/mock.webp"]}"#;

/// Makes the runner: one prediction, its answer, and its files.
#[must_use]
pub fn make_runner(config: Config) -> Runner {
    Box::new(move |inputs| match inputs.mode {
        Mode::Mock => Ok(ProcessorOutput::new(INFO).with_output(response(MOCK))),
        Mode::Real => real(&config, inputs),
    })
}

fn real(config: &Config, mut inputs: Inputs) -> ProcessorResult {
    let reference = Reference::parse(inputs.model.as_deref())?;
    let added = inputs
        .model
        .is_none()
        .then(|| format!("model {} added", reference::DEFAULT));
    let limits = Limits::from_config(config)?;
    let api = Api::from_config(config)?;
    let job = Job {
        config,
        api: &api,
        reference: &reference,
        is_check_enabled: schema_lookup::is_check_enabled(config)?,
    };
    let has_secrets = secrets::register(&mut inputs, config)?;
    let CompletedPrediction {
        prediction,
        version,
        attempts,
        is_resumed,
        model_version,
        changes,
    } = job.run(inputs)?;
    let result = prediction.output();
    let files = fetch_files(config, &api, &limits, &reference, model_version, &prediction);
    let files = config.block_on(files);
    let files = files.map_err(|error| incomplete(config, &prediction, error))?;

    let mut output = ProcessorOutput::new(INFO);
    output.usage = prediction.usage();
    output.usage.insert("attempts".to_owned(), attempts.into());
    let mut extra = |name: &str, text: &str| output.extra.insert(name.to_owned(), text.to_owned());
    extra("prediction_id", &prediction.id);
    let version = prediction.version.as_ref().or(version.as_ref());
    for (name, text) in [("model", prediction.model.as_ref()), ("version", version)] {
        text.map(|text| extra(name, text));
    }
    if is_resumed {
        extra("picked_up", "true");
    }
    let changes: Vec<_> = added.into_iter().chain(changes).collect();
    if !changes.is_empty() {
        extra("changed", &changes.join("; "));
    }
    let is_asset = |item: &&OutputItem| item.relpath.starts_with("outputs/assets/");
    extra("files", &files.iter().filter(is_asset).count().to_string());
    if output::is_empty(result) {
        let note = logs::note(config, &prediction.logs);
        if !note.is_empty() {
            extra("log_tail", &note);
        }
    }
    let response = response(format!(r#"{{"result":{result}}}"#));
    let prediction = OutputItem::bytes("outputs/prediction.json", "application/json", prediction.body);
    output.outputs = files;
    output.outputs.extend([response, prediction]);
    if has_secrets {
        for item in &mut output.outputs {
            secrets::redact_item(config, item);
        }
    }
    Ok(output)
}

/// The files of the output, and its text if that came in chunks. The service is asked for a schema only if there may be either.
async fn fetch_files(
    config: &Config,
    api: &Api,
    limits: &Limits,
    reference: &Reference,
    model_version: Option<ModelVersion>,
    prediction: &Prediction,
) -> Result<Vec<OutputItem>, ProcessorError> {
    let output = prediction.output();
    let text = json_string::concatenate(output);
    let may_have_files = output::may_have_files(output)?;
    if text.is_none() && !may_have_files {
        return Ok(Vec::new());
    }
    let schema = match model_version.and_then(|version| version.schema_of(prediction)) {
        Some(schema) => schema,
        None => schema_lookup::output_schema(config, api, reference, prediction).await,
    };
    let mut items = Vec::new();
    if may_have_files {
        let candidates = output::candidates(output, &schema, limits.max_files, limits.fetches_untyped)?;
        items = assets::fetch(config, api, limits, candidates, prediction.is_recent()).await?;
    }
    if let Some(text) = text.filter(|_| schema.is_concatenated()) {
        let mime = "text/plain; charset=utf-8";
        items.push(OutputItem::bytes("outputs/output.txt", mime, text));
    }
    Ok(items)
}

/// Adds what happens next to the error of a success whose files could not be fetched. The prediction is paid for, so the next run of
/// the execution resumes it unless its files are gone.
fn incomplete(config: &Config, prediction: &Prediction, error: ProcessorError) -> ProcessorError {
    let is_gone = prediction.data_removed || error.source().is_some_and(|cause| cause.is::<Gone>());
    let (hint, saved) = if is_gone {
        let hint = "its files are gone, so that another run makes it again";
        (hint, config.clear_checkpoint())
    } else {
        let hint = "a run of the same execution id picks it up";
        (hint, Checkpoint::from_success(prediction).save(config))
    };
    if let Err(error) = saved {
        return error;
    }
    let id = &prediction.id;
    error.map_message(|message| format!("{message}; the prediction {id} has succeeded, and {hint}"))
}

fn response(body: impl Into<Vec<u8>>) -> OutputItem {
    OutputItem::bytes("outputs/response.json", "application/json", body.into())
}
