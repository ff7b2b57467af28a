//! The provider of `llm/litellm@1`: chat completions from any OpenAI-compatible service.

mod address;
mod api;
mod aws;
mod blank;
mod charged;
mod chat_completion;
mod chosen_api;
mod completion;
mod cost;
#[cfg(test)]
mod documentation;
mod estimate;
mod exchange;
mod failure;
mod fallback;
mod files;
mod google;
mod headers;
mod hosted_tools;
mod judged;
mod litellm;
mod mock;
mod models;
mod native;
mod options;
mod outputs;
mod paid;
mod parameters;
mod prepared;
mod prices;
mod refusal;
mod request;
mod requested_model;
mod room;
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

use runtime::{Config, Inputs, Mode, ProcessorResult, Runner};

use cost::Cost;
pub use estimate::make_estimator;
use options::Options;
use paid::Paid;
use parameters::Parameters;
use prices::Prices;
use requested_model::RequestedModel;
use room::Room;
use target::Target;

#[cfg(fuzzing)]
pub use stream::fuzzing;

/// Makes the runner: one chat completion for each execution.
#[must_use]
pub fn make_runner(config: Config) -> Runner {
    Box::new(move |inputs| match inputs.mode {
        Mode::Mock => Ok(outputs::document(mock::answer(&inputs.params)?)),
        Mode::Real => complete(&config, inputs),
    })
}

fn complete(config: &Config, mut inputs: Inputs) -> ProcessorResult {
    let options = Options::take(&mut inputs.params)?;
    request::check(&inputs.params)?;
    let models = RequestedModel::all(config, inputs.model.as_deref(), &inputs.params, &options)?;
    let is_for_proxy = models.iter().all(RequestedModel::is_behind_proxy);
    litellm::take(&mut inputs.params, is_for_proxy)?;
    let targets = Target::all(config, models, &options)?;
    let prices = Prices::from_config(config)?;
    files::embed(&mut inputs)?;
    let params = Parameters::take(&mut inputs, config, &targets)?;
    for fallback in targets.iter().skip(1) {
        request::check_for(&params, &fallback.requested)?;
    }
    let scratch = config.scratch()?;
    let room = Room::reserve(scratch)?;
    let chunk_file = request::is_stream(&params.written).then(|| scratch.join("stream.jsonl"));
    let paid = Paid::new(chunk_file);
    let answer = fallback::ask(config, &targets, &params, &options, &paid);
    let answered = config
        .block_on(answer)
        .map_err(|error| room.keep(paid.keep(error)))?;
    let (target, completion, reply) = (answered.target, answered.completion, answered.reply);
    let sent = &answered.body.params;
    let cost = Cost::find(&reply.answer.headers, &completion, target, sent, &prices);
    #[cfg(feature = "schema-validation")]
    let verdict = structured::schema(sent)
        .map(|schema| structured::check(schema, &reply.answer.body, config.deadline()));

    let mut output = outputs::of_reply(config, reply).map_err(|error| room.keep(error))?;
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
    let changed = changed.chain(target.upstream.change());
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
