//! The provider of `llm/litellm@1`: chat completions from any OpenAI-compatible service.

mod completion;
mod exchange;
mod mock;
mod request;
mod transport;
mod upstream;

use runtime::{Config, Inputs, Mode, OutputItem, ProcessorOutput, ProcessorResult, Runner};

use completion::Completion;
use upstream::Upstream;

const INFO: &str = "llm_litellm:v1";
const RESPONSE: &str = "outputs/response.json";

/// Makes the runner: one request, one answer, one output.
#[must_use]
pub fn make_runner(config: Config) -> Runner {
    Box::new(move |inputs| match inputs.mode {
        Mode::Mock => Ok(response(mock::answer(&inputs.params)?)),
        Mode::Real => complete(&config, inputs),
    })
}

fn complete(config: &Config, inputs: Inputs) -> ProcessorResult {
    let body = request::body(inputs)?;
    let upstream = Upstream::of(config)?;
    let answer = config.block_on(transport::send(upstream, body))?;
    answer.check()?;
    let completion = Completion::parse(&answer)?;
    let mut output = response(answer.body);
    output.usage = completion.usage;
    output.extra = completion.extra;
    Ok(output)
}

fn response(body: Vec<u8>) -> ProcessorOutput {
    ProcessorOutput::new(INFO).with_output(OutputItem::bytes(RESPONSE, "application/json", body))
}
