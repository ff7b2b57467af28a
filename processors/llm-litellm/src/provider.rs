//! The provider of `llm/litellm@1`: chat completions from any OpenAI-compatible service.

mod completion;
mod exchange;
mod mock;
mod options;
mod request;
mod routes;
mod target;
mod transport;
mod upstream;

use runtime::{Config, Inputs, Mode, OutputItem, ProcessorOutput, ProcessorResult, Runner};

use completion::Completion;
use options::Options;
use target::Target;

const INFO: &str = "llm_litellm:v1";
const RESPONSE: &str = "outputs/response.json";

/// The largest file that goes into a request, in bytes: 20 MiB, as services take no larger request.
const LARGEST_FILE: u64 = 20 * 1024 * 1024;

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
    let targets = Target::all(config, inputs.model.as_deref(), &options)?;
    inputs.embed_files(LARGEST_FILE)?;
    let Some(target) = targets.first() else {
        return Ok(response(Vec::new()));
    };
    let (body, changes) = request::body(&inputs.params, target.route, &target.model);
    let changed = changes.join("; ");
    if !changed.is_empty() {
        tracing::info!(changed, "parameters_changed");
    }
    let answer = config.block_on(transport::send(target.upstream.clone(), body))?;
    answer.check()?;
    let completion = Completion::parse(&answer)?;
    let mut output = response(answer.body);
    output.usage = completion.usage;
    output.extra = completion.extra;
    if !changed.is_empty() {
        output.extra.insert("changed".to_owned(), changed);
    }
    Ok(output)
}

fn response(body: Vec<u8>) -> ProcessorOutput {
    ProcessorOutput::new(INFO).with_output(OutputItem::bytes(RESPONSE, "application/json", body))
}
