//! The provider of `llm/litellm@1`: chat completions from any OpenAI-compatible service.

mod address;
mod asked;
mod completion;
mod cost;
mod exchange;
mod failure;
mod fallback;
mod files;
mod headers;
mod lenient;
mod litellm;
mod mock;
mod options;
mod prices;
mod refusal;
mod request;
mod routes;
mod stream;
mod structured;
mod target;
mod tier;
mod transport;
mod upstream;
mod usage;

use std::collections::BTreeMap;

use runtime::{Config, Inputs, Mode, OutputItem, ProcessorOutput, ProcessorResult, Runner};

use asked::Asked;
use cost::Cost;
use fallback::Answered;
use options::Options;
use prices::Prices;
use target::{Named, Target};

const INFO: &str = "llm_litellm:v1";
const RESPONSE: &str = "outputs/response.json";
const STREAM: &str = "outputs/stream.jsonl";

/// Makes the runner: one request, one answer, one output.
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
    let named = Named::all(inputs.model.as_deref(), &options)?;
    litellm::check(&inputs.params, named.iter().all(Named::is_litellms))?;
    let targets = Target::all(config, named, &options)?;
    let prices = Prices::of(config)?;
    files::embed(&mut inputs)?;
    let asked = Asked::of(&mut inputs, config, &targets)?;
    let chunks = match request::is_stream(&asked.written) {
        true => Some(config.scratch()?.join("stream.jsonl")),
        false => None,
    };
    let asking = fallback::ask(config, &targets, &asked, &options, chunks.clone());
    let answered = config
        .block_on(asking)
        .map_err(|error| stream::interrupted(error, chunks.as_deref()))?;
    let Answered {
        reply, completion, ..
    } = answered;
    let cost = Cost::of(
        &reply.answer.headers,
        &completion,
        answered.target,
        &asked.written,
        &prices,
    );
    let verdict = structured::schema(&asked.written)
        .map(|schema| structured::check(schema, &reply.answer.body, config.deadline()));
    let mut output = response(reply.answer.body);
    if let Some(chunks) = reply.chunks {
        let mut stream = OutputItem::bytes(STREAM, "application/jsonl", []);
        stream.body = chunks;
        output = output.with_output(stream);
    }
    output.usage = completion.usage.counts;
    output
        .usage
        .insert("attempts".to_owned(), answered.attempts.into());
    output.extra = extra(
        &answered.target.name,
        completion.model,
        !options.fallbacks.is_empty(),
    );
    if let Some(Cost { usd, source }) = cost {
        output.usage.insert("cost_usd".to_owned(), usd);
        output.extra.insert("cost_source".to_owned(), source);
    }
    if let Some(verdict) = verdict {
        let valid = verdict.as_str().to_owned();
        output.extra.insert("schema_valid".to_owned(), valid);
    }
    let reasons = completion::joined(&completion.finish_reasons);
    for (name, text) in [
        ("finish_reason", reasons),
        ("request_sha256", answered.request_sha256),
    ] {
        output.extra.insert(name.to_owned(), text);
    }
    for (name, lines) in [("changed", answered.changes), ("failed_models", answered.failed)] {
        if !lines.is_empty() {
            output.extra.insert(name.to_owned(), lines.join("; "));
        }
    }
    Ok(output)
}

/// Which model answered: as its answer names it, or, where there were several to ask, as the inputs name it, and the answer's
/// own name beside.
fn extra(asked: &str, answered: Option<String>, had_fallbacks: bool) -> BTreeMap<String, String> {
    let own_name = match had_fallbacks {
        true => "response_model",
        false => "model",
    };
    let mut extra = BTreeMap::from_iter(answered.map(|model| (own_name.to_owned(), model)));
    if had_fallbacks {
        extra.insert("model".to_owned(), asked.to_owned());
    }
    extra
}

fn response(body: Vec<u8>) -> ProcessorOutput {
    ProcessorOutput::new(INFO).with_output(OutputItem::bytes(RESPONSE, "application/json", body))
}
