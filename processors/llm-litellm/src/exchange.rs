//! One request and its answer.

use reqwest::{Client, Request};
use runtime::ProcessorError;
use runtime::http::{self, Answer};

/// Why there is no answer, or not all of it.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) error: ProcessorError,
    /// Whether the service had begun to answer: it may have done the work, and may ask for its price.
    pub(crate) answered: bool,
}

/// Sends a request once; an answer of any status is one.
pub(crate) async fn once(client: &Client, request: Request) -> Result<Answer, Broken> {
    let response = http::begin(client, request).await.map_err(|error| Broken {
        error,
        answered: false,
    })?;
    http::finish(response).await.map_err(|error| Broken {
        error,
        answered: true,
    })
}
