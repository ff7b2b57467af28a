//! The HTTP request for a chat completion, as async-openai makes it.

use std::future::ready;

use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use reqwest::{Client, Response};
use runtime::{ErrorCode, ProcessorError};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use tower::BoxError;

use crate::upstream::Upstream;

/// Carries the request out of the library.
#[derive(Debug, thiserror::Error)]
#[error("the request is not sent by async-openai")]
struct Unsent(HttpRequestFactory);

/// Prepares the request; the factory makes the same one again for each retry.
///
/// async-openai knows the API: path, method, headers, query, and how to make one request many times. Its transport is
/// replaced, because it retries by its own rules, drops the headers of an error, logs bodies that it cannot read, and keeps no
/// answer byte for byte: ours hands the request over, and [`Exchange`](crate::exchange::Exchange) sends it.
///
/// # Errors
///
/// `ERR_PROCESSOR` if the library cannot make the request.
pub(crate) async fn prepare(
    client: Client,
    upstream: Upstream,
    body: &RawValue,
) -> Result<HttpRequestFactory, ProcessorError> {
    let transport = tower::service_fn(|request| ready(Err::<Response, BoxError>(Unsent(request).into())));
    let client = async_openai::Client::build(client, upstream).with_http_service(transport);
    let answer = client.chat().create_byot::<_, IgnoredAny>(body).await;
    let cause = match answer {
        Ok(_) => None,
        Err(OpenAIError::Boxed(error)) => match error.downcast::<Unsent>() {
            Ok(unsent) => return Ok(unsent.0),
            Err(error) => Some(OpenAIError::Boxed(error)),
        },
        Err(error) => Some(error),
    };
    Err(cannot_be_built(cause))
}

/// The error of a request that cannot be made.
pub(crate) fn cannot_be_built(cause: Option<OpenAIError>) -> ProcessorError {
    let error = ProcessorError::new(ErrorCode::Processor, "the request cannot be built");
    match cause {
        Some(cause) => error.with_cause(cause),
        None => error,
    }
}
