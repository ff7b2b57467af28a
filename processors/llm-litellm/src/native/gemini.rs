//! Google's own API of Gemini: <https://ai.google.dev/api/generate-content>, and the same in Vertex AI:
//! <https://cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/projects.locations.publishers.models/generateContent>.

mod answer;
mod assistant;
mod candidate;
mod config;
mod content;
mod contents;
mod finish;
mod grounding;
mod media;
mod model;
mod names;
mod partial_args;
mod request;
mod schema;
mod service;
pub(crate) mod signature;
mod stream;
mod thinking;
mod tool_config;
mod tool_result;
mod tools;
mod usage;
mod voice;

use reqwest::header::{HeaderMap, HeaderName};
use runtime::ProcessorError;
use serde_json::Value;

use crate::failure::Failure;
use crate::native::chat::ChatCompletion;
use crate::native::interface::{Call, NativeApi, NativeRequest, NativeStream};
use model::Model;
use service::Service;

/// <https://ai.google.dev/gemini-api/docs/api-key>
const KEY: HeaderName = HeaderName::from_static("x-goog-api-key");

const JUDGED: [&str; 4] = [
    "audio.format",
    "parallel_tool_calls",
    "reasoning_effort",
    "web_search_options",
];

/// `POST /v1beta/models/MODEL:generateContent`.
#[derive(Debug)]
pub(crate) struct GeminiGenerateContent;

impl NativeApi for GeminiGenerateContent {
    /// Without a version, which is a part of each path.
    fn base(&self) -> &'static str {
        "https://generativelanguage.googleapis.com"
    }

    fn ends(&self) -> &'static [&'static str] {
        &[
            "/chat/completions",
            "/models",
            "/openai",
            "/v1beta",
            "/v1alpha",
            "/v1",
        ]
    }

    fn key_header(&self) -> HeaderName {
        KEY
    }

    fn judged(&self) -> &'static [&'static str] {
        &JUDGED
    }

    fn request(&self, call: &Call<'_>) -> Result<NativeRequest, ProcessorError> {
        request::request(call, Service::Gemini)
    }

    fn completion(&self, call: &Call<'_>, answer: Value) -> Result<ChatCompletion, Failure> {
        answer::completion(call, answer)
    }

    fn tier(&self, headers: &HeaderMap) -> Option<String> {
        answer::tier_of_header(headers)
    }

    fn stream(&self) -> Box<dyn NativeStream> {
        Box::new(stream::Stream::default())
    }
}

/// `POST /v1/projects/PROJECT/locations/LOCATION/publishers/google/models/MODEL:generateContent`. Each project in each location has an address of its own.
#[derive(Debug)]
pub(crate) struct VertexGenerateContent;

impl NativeApi for VertexGenerateContent {
    fn judged(&self) -> &'static [&'static str] {
        &JUDGED
    }

    fn request(&self, call: &Call<'_>) -> Result<NativeRequest, ProcessorError> {
        request::request(call, Service::Vertex)
    }

    fn completion(&self, call: &Call<'_>, answer: Value) -> Result<ChatCompletion, Failure> {
        answer::completion(call, answer)
    }

    fn tier(&self, headers: &HeaderMap) -> Option<String> {
        answer::tier_of_header(headers)
    }

    fn stream(&self) -> Box<dyn NativeStream> {
        Box::new(stream::Stream::default())
    }
}

/// Whether a model is of Gemini 3 or later.
pub(crate) fn is_gemini_3(model: &str) -> bool {
    Model::new(model).is_gemini_3()
}
