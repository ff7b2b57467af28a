//! The provider of `llm/litellm@1`: chat completions from any OpenAI-compatible service.

mod address;
mod api;
mod aws;
mod chat_completion;
mod chosen_api;
mod completion;
mod cost;
#[cfg(test)]
mod documentation;
mod exchange;
mod failure;
mod fallback;
mod files;
mod google;
mod headers;
mod hosted_tools;
mod litellm;
mod mock;
mod models;
mod native;
mod options;
mod parameters;
mod prepared;
mod prices;
mod refusal;
mod request;
mod requested_model;
mod routes;
mod stream;
#[cfg(feature = "schema-validation")]
mod structured;
mod surrogates;
mod target;
mod tier;
mod transport;
mod upstream;
mod usage;
mod variable;

use runtime::{Config, Inputs, Mode, OutputItem, ProcessorOutput, ProcessorResult, Runner};

use cost::Cost;
use options::Options;
use parameters::Parameters;
use prices::Prices;
use requested_model::RequestedModel;
use target::Target;

#[cfg(fuzzing)]
pub use stream::fuzzing;

const INFO: &str = "llm_litellm:v1";
const RESPONSE: &str = "outputs/response.json";
const STREAM: &str = "outputs/stream.jsonl";
const NATIVE: &str = "outputs/native.json";

/// Makes the runner: one chat completion for each execution.
#[must_use]
pub fn make_runner(config: Config) -> Runner {
    Box::new(move |inputs| match inputs.mode {
        Mode::Mock => Ok(response(mock::answer(&inputs.params)?)),
        Mode::Real => complete(&config, inputs),
    })
}

fn complete(config: &Config, mut inputs: Inputs) -> ProcessorResult {
    let options = Options::take(&mut inputs.params)?;
    request::check(&inputs.params)?;
    let models = RequestedModel::all(config, inputs.model.as_deref(), &inputs.params, &options)?;
    let is_for_proxy = models.iter().all(RequestedModel::is_behind_proxy);
    litellm::check(&inputs.params, is_for_proxy)?;
    let targets = Target::all(config, models, &options)?;
    let prices = Prices::from_config(config)?;
    files::embed(&mut inputs)?;
    let params = Parameters::take(&mut inputs, config, &targets)?;
    for fallback in targets.iter().skip(1) {
        request::check_for(&params, &fallback.requested)?;
    }
    let chunk_file = request::is_stream(&params.written)
        .then(|| config.scratch().map(|dir| dir.join("stream.jsonl")))
        .transpose()?;
    let answer = fallback::ask(config, &targets, &params, &options, chunk_file.clone());
    let answered = config
        .block_on(answer)
        .map_err(|error| stream::reject_chunks(error, chunk_file.as_deref()))?;
    let (target, completion, answer) = (answered.target, answered.completion, answered.reply.answer);
    let cost = Cost::find(&answer.headers, &completion, target, &params.written, &prices);
    #[cfg(feature = "schema-validation")]
    let verdict = structured::schema(&params.written)
        .map(|schema| structured::check(schema, &answer.body, config.deadline()));

    let mut output = response(answer.body);
    if let Some(chunks) = answered.reply.chunks {
        let mut stream = OutputItem::bytes(STREAM, "application/jsonl", []);
        stream.body = chunks;
        output = output.with_output(stream);
    }
    if let Some(native) = answered.reply.native {
        output = output.with_output(OutputItem::bytes(NATIVE, "application/json", native));
    }
    output.usage = completion.usage.counts;
    output
        .usage
        .insert("attempts".to_owned(), answered.attempts.into());
    let mut extra = |name: &str, value: String| output.extra.insert(name.to_owned(), value);
    // with fallbacks, `model` is that of the inputs, and `response_model` that of the answer
    let mut reported_model = "model";
    if !options.fallbacks.is_empty() {
        extra("model", target.requested.name.clone());
        reported_model = "response_model";
    }
    if let Some(model) = completion.model {
        extra(reported_model, model);
    }
    if let Some(Cost { usd, source }) = cost {
        output.usage.insert("cost_usd".to_owned(), usd);
        extra("cost_source", source);
    }
    #[cfg(feature = "schema-validation")]
    if let Some(verdict) = verdict {
        extra("schema_valid", verdict.as_str().to_owned());
    }
    extra("api", target.requested.api.name().to_owned());
    if let Some(name) = target.upstream.key_name() {
        extra("key", name.to_owned());
    }
    extra("finish_reason", completion::joined(&completion.finish_reasons));
    extra("request_sha256", answered.body.sha256);
    let changed = target.requested.change().into_iter();
    for (name, lines) in [
        ("changed", changed.chain(answered.body.changes).collect()),
        ("dropped", answered.body.dropped),
        ("failed_models", answered.failed),
    ] {
        if !lines.is_empty() {
            extra(name, lines.join("; "));
        }
    }
    Ok(output)
}

fn response(body: Vec<u8>) -> ProcessorOutput {
    ProcessorOutput::new(INFO).with_output(OutputItem::bytes(RESPONSE, "application/json", body))
}
