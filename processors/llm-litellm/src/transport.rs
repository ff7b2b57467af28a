//! Asks one model, with retries.

use std::time::{Duration, Instant};

use async_openai::middleware::HttpRequestFactory;
use runtime::http::{self, Retries};
use serde_json::value::RawValue;

use crate::chat_completion;
use crate::completion::Completion;
use crate::exchange::{Exchange, Reply};
use crate::failure::Failure;
use crate::upstream::Upstream;

/// How long a request may take if neither the inputs nor a deadline limit it.
const LONGEST_REQUEST: Duration = Duration::from_secs(600);

/// How often to ask, and how long to wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// How many requests there may be after the first.
    pub(crate) num_retries: u32,
    /// For each request.
    pub(crate) timeout: Option<Duration>,
    /// For all requests together.
    pub(crate) deadline: Option<Instant>,
    /// Whether there is another model to ask; then the pauses that a service asks for count as retries, too.
    pub(crate) has_fallback: bool,
}

/// Asks for a chat completion until there is one, or a retry is useless; adds the number of requests to `attempts`. `provider` is
/// the name of the service in the log.
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
    let request = chat_completion::prepare(exchange.client.clone(), upstream.clone(), body).await?;
    let without_deadline = limits.deadline.is_none().then_some(LONGEST_REQUEST);
    let timeout = limits.timeout.or(without_deadline);
    let mut retries =
        Retries::new(provider, limits.num_retries, limits.deadline).counting_requested(limits.has_fallback);
    let mut requests = 0;
    let mut is_worth_a_fallback = false;
    let answered = http::retry(&mut retries, async || {
        requests += 1;
        ask_once(exchange, &request, timeout).await.map_err(|failure| {
            is_worth_a_fallback = failure.is_worth_a_fallback;
            failure.into()
        })
    })
    .await;
    *attempts += requests;
    answered.map_err(|error| Failure {
        is_worth_a_fallback,
        ..Failure::permanent(match requests {
            1 => error,
            many => error.map_message(|message| format!("{message} (after {many} requests)")),
        })
    })
}

async fn ask_once(
    exchange: &Exchange,
    request: &HttpRequestFactory,
    timeout: Option<Duration>,
) -> Result<(Completion, Reply), Failure> {
    let request = request.build().await;
    let request = request.map_err(|cause| chat_completion::cannot_be_built(Some(cause)))?;
    let reply = exchange.send(request, timeout).await?;
    match Failure::from_status(&reply.answer) {
        Some(failure) => Err(failure),
        None => Ok((Completion::parse(&reply.answer)?, reply)),
    }
}
