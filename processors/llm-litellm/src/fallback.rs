//! Asks one model after the other until one answers.

use std::path::PathBuf;

use async_openai::config::Config as _;
use reqwest::Url;
use runtime::{Config, ProcessorError, http};

use crate::asked::Asked;
use crate::completion::Completion;
use crate::exchange::{Exchange, Reply};
use crate::options::Options;
use crate::request::Body;
use crate::target::Target;
use crate::transport::{self, Limits};

/// What came of asking.
pub(crate) struct Answered<'a> {
    pub(crate) target: &'a Target,
    pub(crate) reply: Reply,
    pub(crate) completion: Completion,
    /// How many requests were made, of all models together.
    pub(crate) attempts: u32,
    /// What was sent otherwise than the inputs say.
    pub(crate) changes: Vec<String>,
    /// The SHA-256 of the body of the request that was answered.
    pub(crate) request_sha256: String,
    /// The models that were asked before, and the codes of their errors.
    pub(crate) failed: Vec<String>,
}

/// What the log calls the service of a model: its route, or the host where the inputs give the address.
fn provider(target: &Target) -> String {
    let host = || {
        let url = Url::parse(target.upstream.api_base()).ok()?;
        url.host_str().map(str::to_owned)
    };
    let elsewhere = target.is_elsewhere.then(host).flatten();
    elsewhere.unwrap_or_else(|| target.route.prefix.to_owned())
}

/// Asks the targets in order: the next one only where the one before may be down, is overrun, or takes no prompt of this length.
///
/// # Errors
///
/// That of the last model that was asked.
pub(crate) async fn ask<'a>(
    config: &Config,
    targets: &'a [Target],
    params: &Asked,
    options: &Options,
    stream: Option<PathBuf>,
) -> Result<Answered<'a>, ProcessorError> {
    let exchange = Exchange {
        client: http::client(config)?,
        stream,
    };
    let limits = Limits {
        num_retries: options.num_retries,
        timeout: options.timeout,
        deadline: config.deadline(),
        has_fallback: false,
    };
    let mut attempts = 0;
    let mut failed = Vec::new();
    let mut targets = targets.iter().peekable();
    while let Some(target) = targets.next() {
        let Body {
            json,
            sha256,
            changes,
        } = Body::of(params, target.route, &target.model)?;
        if !changes.is_empty() {
            tracing::info!(changed = changes.join("; "), "parameters_changed");
        }
        let provider = provider(target);
        let limits = Limits {
            has_fallback: targets.peek().is_some(),
            ..limits
        };
        let asked = transport::ask(
            &exchange,
            &provider,
            &target.upstream,
            &json,
            &limits,
            &mut attempts,
        );
        let failure = match asked.await {
            Ok((completion, reply)) => {
                return Ok(Answered {
                    target,
                    reply,
                    completion,
                    attempts,
                    changes,
                    request_sha256: sha256,
                    failed,
                });
            }
            Err(failure) => failure,
        };
        let Some(next) = targets.peek().filter(|_| failure.is_worth_a_fallback) else {
            let error = failure.error;
            return Err(match failed.is_empty() {
                true => error,
                false => error.map_message(|message| format!("{}: {message}", target.name)),
            });
        };
        let code = failure.error.code().as_str();
        tracing::warn!(model = target.name, code, next = next.name, "fallback");
        failed.push(format!("{} ({code})", target.name));
    }
    Err(ProcessorError::new(
        runtime::ErrorCode::Processor,
        "there is no model to ask",
    ))
}
