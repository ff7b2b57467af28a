//! The provider of `replicate/generic@1`: any model on Replicate.

mod abandon;
mod api;
mod assets;
mod job;
mod kept;
mod logs;
mod mended;
mod output;
mod pieces;
mod prediction;
mod reference;
mod schema;
mod secrets;
mod uploads;

use std::error::Error as _;

use runtime::{Config, Inputs, Mode, OutputItem, ProcessorError, ProcessorOutput, ProcessorResult, Runner};

use api::Api;
use assets::{Gone, Limits};
use job::{Done, Job};
use kept::Kept;
use prediction::Prediction;
use reference::Reference;
use schema::{Known, Schema};

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
    let limits = Limits::of(config)?;
    let api = Api::of(config)?;
    let job = Job {
        config,
        api: &api,
        reference: &reference,
        is_checked: schema::is_checked(config)?,
    };
    let has_secrets = secrets::make_known(&mut inputs, config)?;
    let Done {
        prediction,
        version,
        attempts,
        was_kept,
        known,
        changed,
    } = job.run(inputs)?;
    let result = prediction.output();
    let assets = config.block_on(files(config, &api, &limits, &reference, known, &prediction));
    let assets = assets.map_err(|error| after(config, &prediction, error))?;

    let mut output = ProcessorOutput::new(INFO);
    output.usage = prediction.usage();
    output.usage.insert("attempts".to_owned(), attempts.into());
    let mut extra = |name: &str, text: &str| output.extra.insert(name.to_owned(), text.to_owned());
    extra("prediction_id", &prediction.id);
    let version = prediction.version.as_ref().or(version.as_ref());
    for (name, text) in [("model", prediction.model.as_ref()), ("version", version)] {
        text.map(|text| extra(name, text));
    }
    if was_kept {
        extra("picked_up", "true");
    }
    if !changed.is_empty() {
        extra("changed", &changed.join("; "));
    }
    let files = assets
        .iter()
        .filter(|item| item.relpath.starts_with("outputs/assets/"));
    extra("files", &files.count().to_string());
    if output::is_empty(result) {
        let note = logs::note(config, &prediction.logs);
        Some(note)
            .filter(|note| !note.is_empty())
            .map(|note| extra("log_tail", &note));
    }
    let response = format!(r#"{{"result":{result}}}"#);
    output.outputs = assets;
    let bytes = |relpath, body| OutputItem::bytes(relpath, "application/json", body);
    output.outputs.extend([
        bytes("outputs/response.json", response.into_bytes()),
        bytes("outputs/prediction.json", prediction.body),
    ]);
    if has_secrets {
        output
            .outputs
            .iter_mut()
            .for_each(|item| secrets::take_out(config, item));
    }
    Ok(output)
}

/// The files of the output, and its text where that comes in pieces. The service is asked for a schema only where there may be
/// one of them.
async fn files(
    config: &Config,
    api: &Api,
    limits: &Limits,
    reference: &Reference,
    known: Option<Known>,
    prediction: &Prediction,
) -> Result<Vec<OutputItem>, ProcessorError> {
    let output = prediction.output();
    let text = pieces::joined(output);
    let may_have_files = output::may_have_files(output)?;
    if text.is_none() && !may_have_files {
        return Ok(Vec::new());
    }
    let schema = match known.and_then(|known| known.schema_of(prediction)) {
        Some(schema) => schema,
        None => Schema::of(config, api, reference, prediction).await,
    };
    let mut items = match may_have_files {
        true => {
            let candidates = output::candidates(output, &schema, limits.most(), limits.fetches_untyped())?;
            assets::fetch(config, api, limits, candidates, prediction.is_young()).await?
        }
        false => Vec::new(),
    };
    if let Some(text) = text.filter(|_| schema.is_concatenated()) {
        let mime = "text/plain; charset=utf-8";
        items.push(OutputItem::bytes("outputs/output.txt", mime, text));
    }
    Ok(items)
}

/// The prediction is paid for: the next run of the same execution gets it again, as long as its files are there.
fn after(config: &Config, prediction: &Prediction, error: ProcessorError) -> ProcessorError {
    let is_gone = prediction.is_removed || error.source().is_some_and(|cause| cause.is::<Gone>());
    let told = match is_gone {
        true => "its files are gone, so that another run makes it again",
        false => "a run of the same execution id picks it up",
    };
    let kept = match is_gone {
        true => config.clear_checkpoint(),
        false => Kept::success(prediction).keep(config),
    };
    if let Err(error) = kept {
        return error;
    }
    let id = &prediction.id;
    error.map_message(|message| format!("{message}; the prediction {id} has succeeded, and {told}"))
}

fn response(body: &str) -> OutputItem {
    OutputItem::bytes("outputs/response.json", "application/json", body)
}
