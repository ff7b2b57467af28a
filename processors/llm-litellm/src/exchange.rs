//! One request and its answer.

use std::time::Duration;

use reqwest::{Client, Request};
use runtime::http::{self, Answer};
use runtime::{ErrorCode, ProcessorError};

/// Makes requests.
#[derive(Clone)]
pub(crate) struct Exchange {
    pub(crate) client: Client,
}

/// What came back, of any status.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) answer: Answer,
}

/// Why there is no answer, or not all of it.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) error: ProcessorError,
    /// Whether the service had begun to answer: it may have done the work, and may ask for its price.
    pub(crate) answered: bool,
}

impl Exchange {
    /// Makes a request once; an answer of any status is one. The time is for all of it.
    pub(crate) async fn make(&self, request: Request, timeout: Option<Duration>) -> Result<Reply, Broken> {
        let mut answered = false;
        let exchange = async {
            let response = http::begin(&self.client, request).await?;
            answered = true;
            http::finish(response).await
        };
        let result = match timeout {
            None => exchange.await,
            Some(timeout) => tokio::time::timeout(timeout, exchange)
                .await
                .unwrap_or_else(|_| Err(too_late(timeout))),
        };
        match result {
            Ok(answer) => Ok(Reply { answer }),
            Err(error) => Err(Broken { error, answered }),
        }
    }
}

fn too_late(timeout: Duration) -> ProcessorError {
    ProcessorError::new(
        ErrorCode::ProviderUnavailable,
        format!(
            "the provider did not answer within {} s; raise /params/timeout, or ask it for less",
            timeout.as_secs_f64()
        ),
    )
}
