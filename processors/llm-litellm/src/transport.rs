//! Asks one model, with retries.

use std::time::{Duration, Instant};

use runtime::http::{self, Retries};

use crate::completion::Completion;
use crate::exchange::{Exchange, Reply};
use crate::failure::Failure;
use crate::native::interface::{Call, NativeApi};
use crate::native::reply;
use crate::prepared::Prepared;
use crate::request::Body;
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

/// What is asked, and where.
pub(crate) struct Question<'a> {
    /// The name of the service in the log.
    pub(crate) provider: &'a str,
    pub(crate) upstream: &'a Upstream,
    /// The API, if it is not that of chat completions.
    pub(crate) api: Option<&'static dyn NativeApi>,
    pub(crate) call: Call<'a>,
    pub(crate) body: &'a Body,
}

/// Asks for a chat completion until there is one, or a retry is useless; adds the number of requests to
/// `attempts`.
///
/// # Errors
///
/// Those of the last request. Rejected answers are with what was paid.
pub(crate) async fn ask(
    exchange: &Exchange<'_>,
    question: &Question<'_>,
    limits: &Limits,
    attempts: &mut u32,
) -> Result<(Completion, Reply), Failure> {
    let request = Prepared::new(&exchange.client, question.upstream, question.body).await?;
    let without_deadline = limits.deadline.is_none().then_some(LONGEST_REQUEST);
    let timeout = limits.timeout.or(without_deadline);
    let mut retries = Retries::new(question.provider, limits.num_retries, limits.deadline)
        .counting_requested(limits.has_fallback);
    let mut requests = 0;
    let mut is_worth_a_fallback = false;
    let answered = http::retry(&mut retries, async || {
        requests += 1;
        ask_once(exchange, question, &request, timeout)
            .await
            .map_err(|mut failure| {
                is_worth_a_fallback = failure.is_worth_a_fallback;
                exchange.paid.take_over(&mut failure.error);
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
    exchange: &Exchange<'_>,
    question: &Question<'_>,
    request: &Prepared,
    timeout: Option<Duration>,
) -> Result<(Completion, Reply), Failure> {
    let request = request.build().await?;
    http::report_request(question.provider);
    let mut reply = exchange.send(request, question.api, timeout).await?;
    if let Some(failure) = Failure::from_status(&reply.answer) {
        return Err(failure);
    }
    if let Some(api) = question.api {
        let completion = reply::translate(api, &question.call, &reply.answer);
        // of a stream, the chunks are what the service sent
        let completion = completion.map_err(|failure| failure.with_rejected(reply.chunks.take()))?;
        let answer = std::mem::replace(&mut reply.answer.body, completion);
        reply.native = reply.chunks.is_none().then_some(answer);
    }
    Ok((Completion::parse(&reply.answer)?, reply))
}
