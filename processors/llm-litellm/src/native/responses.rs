//! OpenAI's Responses API: <https://platform.openai.com/docs/api-reference/responses/create>.

mod answer;
mod content;
mod input;
mod order;
mod reasoning;
mod request;
mod stream;
mod tools;

use runtime::ProcessorError;
use serde_json::Value;

use crate::failure::Failure;
use crate::native::chat::ChatCompletion;
use crate::native::interface::{Call, NativeApi, NativeRequest, NativeStream};

/// `POST /v1/responses`, at the address of the route: other services have the API, too.
#[derive(Debug)]
pub(crate) struct OpenAiResponses;

impl NativeApi for OpenAiResponses {
    fn ends(&self) -> &'static [&'static str] {
        &["/chat/completions", "/responses"]
    }

    fn judged(&self) -> &'static [&'static str] {
        &["reasoning_effort", "thinking"]
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
