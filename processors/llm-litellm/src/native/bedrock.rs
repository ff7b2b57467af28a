//! Amazon Bedrock's Converse API: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>.

mod answer;
mod assistant;
mod betas;
mod computer;
mod content;
mod conversation;
mod inputs;
mod media;
mod model;
mod names;
mod redacted;
mod request;
mod result;
mod stream;
mod structured;
mod thinking;
mod tool_config;
mod tools;
mod turns;

use runtime::ProcessorError;
use serde_json::Value;

use crate::failure::Failure;
use crate::native::chat::ChatCompletion;
use crate::native::interface::{Call, NativeApi, NativeRequest, NativeStream};

/// `POST /model/ID/converse` and `POST /model/ID/converse-stream`. Each region has an address of its own.
#[derive(Debug)]
pub(crate) struct BedrockConverse;

impl NativeApi for BedrockConverse {
    fn ends(&self) -> &'static [&'static str] {
        &["/chat/completions", "/openai/v1"]
    }

    fn judged(&self) -> &'static [&'static str] {
        &[
            "parallel_tool_calls",
            "reasoning_effort",
            "temperature",
            "thinking",
            "top_k",
            "top_p",
            "web_search_options",
        ]
    }

    fn request(&self, call: &Call<'_>) -> Result<NativeRequest, ProcessorError> {
        request::request(call)
    }

    fn completion(&self, call: &Call<'_>, answer: Value) -> Result<ChatCompletion, Failure> {
        answer::completion(call, answer)
    }

    fn stream(&self) -> Box<dyn NativeStream> {
        Box::new(stream::Stream::default())
    }
}

/// The id of a model at Bedrock, without LiteLLM's names for APIs and regions.
pub(crate) fn model_id(name: &str) -> &str {
    model::Model::new(name).id
}
