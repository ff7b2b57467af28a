//! Ollama's own API: <https://github.com/ollama/ollama/blob/main/docs/api.md#generate-a-chat-completion>.

mod answer;
mod messages;
mod request;
mod stream;

use runtime::ProcessorError;
use serde_json::Value;

use crate::failure::Failure;
use crate::native::chat::ChatCompletion;
use crate::native::interface::{Call, NativeApi, NativeRequest, NativeStream};

/// `POST /api/chat`.
#[derive(Debug)]
pub(crate) struct OllamaChat;

impl NativeApi for OllamaChat {
    fn base(&self) -> &'static str {
        "http://localhost:11434/api"
    }

    fn ends(&self) -> &'static [&'static str] {
        &["/chat/completions", "/chat", "/generate", "/tags", "/api", "/v1"]
    }

    fn judged(&self) -> &'static [&'static str] {
        &["tool_choice"]
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
