//! Asks one model after the other until one answers.

use runtime::{Config, ErrorCode, ProcessorError, http};

use crate::completion::Completion;
use crate::exchange::{Exchange, Reply};
use crate::native::interface::Call;
use crate::options::Options;
use crate::paid::Paid;
use crate::parameters::Parameters;
use crate::request::Body;
use crate::target::Target;
use crate::transport::{self, Limits, Question};

/// The answer of a model, and the requests that led to it.
pub(crate) struct Answered<'a> {
    pub(crate) target: &'a Target,
    pub(crate) reply: Reply,
    pub(crate) completion: Completion,
    /// How many requests were made, of all models together.
    pub(crate) attempts: u32,
    /// The body of the request that was answered.
    pub(crate) body: Body,
    /// The models that failed before, with their error codes.
    pub(crate) failed: Vec<String>,
}

/// Asks the targets in order, the next one only where it may succeed: if a service is down or overloaded, an account has no credit
/// left, or the prompt is too long for a model.
///
/// # Errors
///
/// That of the last model that was asked. Rejected answers are with what was paid.
pub(crate) async fn ask<'a>(
    config: &Config,
    targets: &'a [Target],
    params: &Parameters,
    options: &Options,
    paid: &Paid,
) -> Result<Answered<'a>, ProcessorError> {
    let exchange = Exchange {
        client: http::client(config)?,
        paid,
    };
    let mut attempts = 0;
    let mut failed = Vec::new();
    let mut targets = targets.iter().peekable();
    while let Some(target) = targets.next() {
        let requested = &target.requested;
        let body = Body::new(params, requested)?;
        if !body.changes.is_empty() {
            tracing::info!(changed = body.changes.join("; "), "parameters_changed");
        }
        if !body.dropped.is_empty() {
            tracing::info!(dropped = body.dropped.join("; "), "parameters_dropped");
        }
        let provider = target.provider();
        let limits = Limits {
            num_retries: options.num_retries,
            timeout: options.timeout,
            deadline: config.deadline(),
            has_fallback: targets.peek().is_some(),
        };
        let answered = match target.upstream.with_token(config, &exchange.client).await {
            Err(mut failure) => {
                failure.error.take_rejected(); // it may have the token
                Err(failure)
            }
            Ok(authorized) => {
                let question = Question {
                    provider: &provider,
                    upstream: authorized.as_ref().unwrap_or(&target.upstream),
                    api: requested.api.native(),
                    call: Call {
                        params: &body.params,
                        model: &requested.model,
                    },
                    body: &body,
                };
                transport::ask(&exchange, &question, &limits, &mut attempts).await
            }
        };
        let failure = match answered {
            Ok((completion, reply)) => {
                return Ok(Answered {
                    target,
                    reply,
                    completion,
                    attempts,
                    body,
                    failed,
                });
            }
            Err(failure) => failure,
        };
        let name = &requested.name;
        let Some(next) = targets.peek().filter(|_| failure.is_worth_a_fallback) else {
            return Err(if failed.is_empty() {
                failure.error
            } else {
                failure.error.map_message(|message| format!("{name}: {message}"))
            });
        };
        let code = failure.error.code().as_str();
        tracing::warn!(model = name, code, next = next.requested.name, "fallback");
        failed.push(format!("{name} ({code})"));
    }
    Err(ProcessorError::new(
        ErrorCode::Processor,
        "there is no model to ask",
    ))
}
