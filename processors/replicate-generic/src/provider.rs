//! The provider of `llm/litellm@1`: chat completions from any OpenAI-compatible service.

use runtime::{Config, Inputs, Mode, OutputItem, ProcessorOutput, Runner};
use serde::Serialize;
use serde_json::{Map, Value};

const INFO: &str = "llm_litellm:v1";

/// Makes the runner.
#[must_use]
pub fn make_runner(config: Config) -> Runner {
    Box::new(move |inputs| {
        let mut output = ProcessorOutput::new(INFO);
        let body = match inputs.mode {
            Mode::Mock => mock(&inputs.params)?,
            Mode::Real => todo!(),
        };
        output.outputs = vec![OutputItem::bytes(
            "outputs/response.json",
            "application/json",
            body,
        )];
        Ok(output)
    })
}
fn mock(_p: &Map<String, Value>) -> Result<Vec<u8>, runtime::ProcessorError> {
    Ok(b"{}".to_vec())
}
