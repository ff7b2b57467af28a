//! Anthropic's own API: <https://platform.claude.com/docs/en/api/messages>, and the same in Vertex AI:
//! <https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai>.

mod answer;
mod assistant;
mod betas;
mod calls;
mod claude;
mod content;
mod conversation;
mod document;
mod fields;
mod hosted;
mod inputs;
mod mcp;
mod request;
pub(crate) mod schema;
mod service;
mod stream;
mod structured;
mod thinking;
mod tool_choice;
mod tool_names;
mod tools;
mod usage;
mod web_search;

use reqwest::header::{HeaderName, HeaderValue};
use runtime::ProcessorError;
use serde_json::Value;

use crate::failure::Failure;
use crate::native::chat::ChatCompletion;
use crate::native::interface::{Call, NativeApi, NativeRequest, NativeStream};
use service::Service;

/// What Claude's models judge themselves.
const JUDGED: [&str; 6] = [
    "reasoning_effort",
    "response_format",
    "service_tier",
    "temperature",
    "top_k",
    "top_p",
];

/// `POST /v1/messages`.
#[derive(Debug)]
pub(crate) struct AnthropicMessages;

impl NativeApi for AnthropicMessages {
    fn base(&self) -> &'static str {
        "https://api.anthropic.com/v1"
    }

    fn ends(&self) -> &'static [&'static str] {
        &["/chat/completions", "/messages", "/models", "/complete", "/v1"]
    }

    fn key_header(&self) -> HeaderName {
        HeaderName::from_static("x-api-key")
    }

    /// Those of a subscription, as LiteLLM sends them: <https://docs.litellm.ai/docs/providers/anthropic>.
    fn access_tokens(&self) -> Option<(&'static str, HeaderName, HeaderValue)> {
        const NEEDED: HeaderValue = HeaderValue::from_static("oauth-2025-04-20");
        Some(("sk-ant-oat", betas::BETA, NEEDED))
    }

    fn judged(&self) -> &'static [&'static str] {
        &JUDGED
    }

    fn request(&self, call: &Call<'_>) -> Result<NativeRequest, ProcessorError> {
        request::request(call, Service::Anthropic)
    }

    fn completion(&self, call: &Call<'_>, answer: Value) -> Result<ChatCompletion, Failure> {
        answer::completion(call, answer, Service::Anthropic)
    }

    fn stream(&self) -> Box<dyn NativeStream> {
        Box::new(stream::Stream::default())
    }
}

/// `POST /v1/projects/PROJECT/locations/LOCATION/publishers/anthropic/models/MODEL:rawPredict`. Each project in each location has an address of its own.
#[derive(Debug)]
pub(crate) struct VertexMessages;

impl NativeApi for VertexMessages {
    fn judged(&self) -> &'static [&'static str] {
        &JUDGED
    }

    fn request(&self, call: &Call<'_>) -> Result<NativeRequest, ProcessorError> {
        request::request(call, Service::Vertex)
    }

    fn completion(&self, call: &Call<'_>, answer: Value) -> Result<ChatCompletion, Failure> {
        answer::completion(call, answer, Service::Vertex)
    }

    fn stream(&self) -> Box<dyn NativeStream> {
        Box::new(stream::Stream::default())
    }
}
