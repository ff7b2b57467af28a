//! Sends the request through async-openai, and keeps the answer as it came.

use std::sync::{Arc, Mutex, PoisonError};

use async_openai::Client;
use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use runtime::http::{self, Answer};
use runtime::{ErrorCode, ProcessorError};
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::exchange;
use crate::upstream::Upstream;

/// Asks once for a chat completion.
///
/// async-openai builds the request; sending it is our own, because the library retries by itself, forgets the status of
/// most errors, and logs the bodies that it cannot read. What it is handed in place of the answer is `null`.
///
/// # Errors
///
/// Those of [`exchange::once`]; an answer of any status is none.
pub(crate) async fn send(upstream: Upstream, body: Value) -> Result<Answer, ProcessorError> {
    let http_client = http::client()?;
    let recorded = Arc::new(Mutex::new(None));
    let service = {
        let http_client = http_client.clone();
        let recorded = Arc::clone(&recorded);
        tower::service_fn(move |factory: HttpRequestFactory| {
            let http_client = http_client.clone();
            let recorded = Arc::clone(&recorded);
            async move {
                let request = factory.build().await?;
                let answer = exchange::once(&http_client, request).await;
                *recorded.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
                Ok::<_, OpenAIError>(::http::Response::new(reqwest::Body::from("null")).into())
            }
        })
    };
    let client = Client::build(http_client, upstream).with_http_service(service);
    let result = client.chat().create_byot::<_, IgnoredAny>(body).await;
    let answer = recorded.lock().unwrap_or_else(PoisonError::into_inner).take();
    match answer {
        Some(answer) => answer.map_err(|broken| broken.error),
        None => {
            let error = ProcessorError::new(ErrorCode::Processor, "the request cannot be built");
            Err(match result {
                Ok(_) => error,
                Err(cause) => error.with_cause(cause),
            })
        }
    }
}
