//! Asks one model, again where that may help: through async-openai, and keeps the answer as it came.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_openai::Client;
use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use runtime::http::{GivenUp, Retries};
use runtime::{ErrorCode, ProcessorError};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

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
}

impl Limits {
    /// For one request.
    fn timeout(&self) -> Option<Duration> {
        self.timeout
            .or_else(|| self.deadline.is_none().then_some(LONGEST_REQUEST))
    }
}

/// Asks for a chat completion until there is an answer, or no use in asking again; counts the requests in `attempts`.
///
/// # Errors
///
/// Those of the last request.
pub(crate) async fn ask(
    exchange: &Exchange,
    upstream: &Upstream,
    body: &RawValue,
    limits: &Limits,
    attempts: &mut u32,
) -> Result<Reply, Failure> {
    let mut retries = Retries::new(limits.num_retries, limits.deadline);
    let mut requests = 0;
    loop {
        requests += 1;
        *attempts += 1;
        let failure = match once(exchange, upstream.clone(), body, limits.timeout()).await {
            Ok(reply) => match Failure::of_status(&reply.answer) {
                None => return Ok(reply),
                Some(failure) => failure,
            },
            Err(failure) => failure,
        };
        let pause = match failure.is_transient {
            true => retries.next(failure.asked),
            false => Err(GivenUp::Spent),
        };
        match pause {
            Ok(pause) => {
                let (code, ms) = (failure.error.code().as_str(), pause.as_millis());
                tracing::warn!(request = requests, code, pause_ms = ms, "retry");
                tokio::time::sleep(pause).await;
            }
            Err(given_up) => return Err(failure.after(requests, given_up)),
        }
    }
}

impl Failure {
    fn after(self, requests: u32, given_up: GivenUp) -> Self {
        let asked = match (given_up, self.asked) {
            (GivenUp::TooLong, Some(asked)) => {
                format!(
                    "; it asks to wait {} s, which this run does not have",
                    asked.as_secs()
                )
            }
            _ => String::new(),
        };
        let count = match requests {
            1 => String::new(),
            many => format!(" (after {many} requests)"),
        };
        Self {
            is_transient: self.is_transient,
            is_worth_a_fallback: self.is_worth_a_fallback,
            asked: self.asked,
            error: self.told("", &format!("{asked}{count}")),
        }
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
