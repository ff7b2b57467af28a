//! What an API other than chat completions has to know.

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use runtime::ProcessorError;
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::native::chat::ChatCompletion;

/// What is asked, in the terms of chat completions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    /// The parameters, without those that the service does not know.
    pub(crate) params: &'a Map<String, Value>,
    /// The model's name at the service.
    pub(crate) model: &'a str,
}

impl Call<'_> {
    pub(crate) fn is_stream(&self) -> bool {
        self.params.get("stream") == Some(&Value::Bool(true))
    }
}

/// The same in the terms of an API.
#[derive(Debug, Default)]
pub(crate) struct NativeRequest {
    /// What follows the base address, with the query: `/messages`.
    pub(crate) path: String,
    /// The headers beside the key and the content type.
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    /// What it tells otherwise than the caller, or leaves out: `developer to system`.
    pub(crate) changes: Vec<String>,
}

/// An API other than chat completions.
pub(crate) trait NativeApi: Sync {
    /// The address of the service that the API belongs to, with the path at which the API begins; without a trailing slash.
    /// Empty if each account, region or service has one of its own.
    fn base(&self) -> &'static str {
        ""
    }

    /// The ends of addresses that lead to the service's APIs. Whatever ends of an address are among them are cut off before the
    /// path of [`base`](Self::base) is appended.
    fn ends(&self) -> &'static [&'static str] {
        &[]
    }

    /// The header that carries the key; as a bearer token if it is `Authorization`.
    fn key_header(&self) -> HeaderName {
        AUTHORIZATION
    }

    /// How the keys begin that are access tokens instead, sent as `Authorization: Bearer`, and the header that those need.
    fn access_tokens(&self) -> Option<(&'static str, HeaderName, HeaderValue)> {
        None
    }

    /// The parameters, and members of them such as `audio.format`, that it takes from some of its models alone, or with some
    /// values: a caller may want those that a model does not take to be left out.
    fn judged(&self) -> &'static [&'static str] {
        &[]
    }

    /// The request.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` that names the parameter, for one that the API has no name for and whose absence would change the answer.
    fn request(&self, call: &Call<'_>) -> Result<NativeRequest, ProcessorError>;

    /// The chat completion that an answer stands for. The members have the names that LiteLLM gives them.
    ///
    /// # Errors
    ///
    /// `ERR_PROVIDER_RESPONSE` for an answer that is not the API's, or the error that it reports.
    fn completion(&self, call: &Call<'_>, answer: Value) -> Result<ChatCompletion, Failure>;

    /// The tier at which the answer was served, if a header names it and the answer does not.
    fn tier(&self, _headers: &HeaderMap) -> Option<String> {
        None
    }

    /// Reads a stream.
    fn stream(&self) -> Box<dyn NativeStream>;
}

/// Puts the chunks of a stream together to the answer that the same request without a stream would get.
pub(crate) trait NativeStream: Send {
    /// Adds a chunk: the members of an event's data, or of a line.
    ///
    /// # Errors
    ///
    /// `ERR_PROVIDER_RESPONSE` for a chunk that is not the API's, or the error that it reports.
    fn add(&mut self, chunk: Map<String, Value>) -> Result<(), Failure>;

    /// Whether the answer is complete.
    fn is_finished(&self) -> bool;

    /// Whether nothing may follow, so that nobody has to wait for the end of the body.
    fn is_ended(&self) -> bool {
        false
    }

    /// The size of the answer so far, in bytes of memory, about.
    fn size(&self) -> usize;

    /// The whole answer.
    fn finish(self: Box<Self>) -> Value;
}
