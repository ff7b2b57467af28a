//! Asks one model, again where that may help: through async-openai, and keeps the answer as it came.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_openai::Client;
use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use runtime::http::{self, Retries};
use runtime::{ErrorCode, ProcessorError};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::completion::Completion;
use crate::exchange::{Exchange, Reply};
use crate::failure::Failure;
use crate::upstream::Upstream;

/// How long a request may take where neither the inputs nor a deadline say it.
const LONGEST_REQUEST: Duration = Duration::from_secs(600);

/// How often, and how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// How many more requests there may be after the first.
    pub(crate) num_retries: u32,
    /// For each request.
    pub(crate) timeout: Option<Duration>,
    /// For all of them.
    pub(crate) deadline: Option<Instant>,
    /// Whether there is another model to ask, so that this one is not waited for as long as there is time.
    pub(crate) has_fallback: bool,
}

impl Limits {
    /// For one request.
    fn timeout(&self) -> Option<Duration> {
        self.timeout
            .or_else(|| self.deadline.is_none().then_some(LONGEST_REQUEST))
    }
}

/// Asks for a chat completion until there is one, or no use in asking again; counts the requests in `attempts`. The log calls the
/// service `provider`.
///
/// # Errors
///
/// Those of the last request.
pub(crate) async fn ask(
    exchange: &Exchange,
    provider: &str,
    upstream: &Upstream,
    body: &RawValue,
    limits: &Limits,
    attempts: &mut u32,
) -> Result<(Completion, Reply), Failure> {
    let mut retries =
        Retries::new(provider, limits.num_retries, limits.deadline).counting_told(limits.has_fallback);
    let mut requests = 0;
    let mut is_worth_a_fallback = false;
    let answered = http::retry(&mut retries, async || {
        requests += 1;
        match complete(exchange, upstream, body, limits).await {
            Ok(answered) => Ok(answered),
            Err(failure) => {
                is_worth_a_fallback = failure.is_worth_a_fallback;
                Err(failure.into())
            }
        }
    })
    .await;
    *attempts += requests;
    answered.map_err(|error| Failure {
        is_worth_a_fallback,
        ..Failure::last(match requests {
            1 => error,
            many => error.map_message(|message| format!("{message} (after {many} requests)")),
        })
    })
}

/// Asks once.
async fn complete(
    exchange: &Exchange,
    upstream: &Upstream,
    body: &RawValue,
    limits: &Limits,
) -> Result<(Completion, Reply), Failure> {
    let reply = once(exchange, upstream.clone(), body, limits.timeout()).await?;
    match Failure::of_status(&reply.answer) {
        Some(failure) => Err(failure),
        None => Ok((Completion::parse(&reply.answer)?, reply)),
    }
}

/// Makes one request.
///
/// async-openai builds it; sending it is our own, because the library retries by itself, forgets the status of most errors,
/// and logs the bodies that it cannot read. What it is handed in place of the answer is `null`.
async fn once(
    exchange: &Exchange,
    upstream: Upstream,
    body: &RawValue,
    timeout: Option<Duration>,
) -> Result<Reply, Failure> {
    let recorded = Arc::new(Mutex::new(None));
    let service = {
        let exchange = exchange.clone();
        let recorded = Arc::clone(&recorded);
        tower::service_fn(move |factory: HttpRequestFactory| {
            let exchange = exchange.clone();
            let recorded = Arc::clone(&recorded);
            async move {
                let request = factory.build().await?;
                let answer = exchange.make(request, timeout).await;
                *recorded.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
                Ok::<_, OpenAIError>(::http::Response::new(reqwest::Body::from("null")).into())
            }
        })
    };
    let client = Client::build(exchange.client.clone(), upstream).with_http_service(service);
    let result = client.chat().create_byot::<_, IgnoredAny>(body).await;
    let answer = recorded.lock().unwrap_or_else(PoisonError::into_inner).take();
    answer.unwrap_or_else(|| {
        let error = ProcessorError::new(ErrorCode::Processor, "the request cannot be built");
        Err(Failure::last(match result {
            Ok(_) => error,
            Err(cause) => error.with_cause(cause),
        }))
    })
}
