//! A request that can be sent many times.

use std::sync::Arc;
use std::time::SystemTime;

use async_openai::config::Config as _;
use async_openai::middleware::HttpRequestFactory;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Request};
use runtime::ProcessorError;

use crate::aws::signer::Signer;
use crate::chat_completion;
use crate::headers::joined;
use crate::request::Body;
use crate::upstream::Upstream;

/// A request in any API, and what signs it each time.
pub(crate) struct Prepared {
    form: Form,
    signer: Option<Arc<Signer>>,
}

enum Form {
    /// Made by async-openai.
    ChatCompletion(HttpRequestFactory),
    /// Made here; in memory as a whole.
    Native(Box<Request>),
}

impl Prepared {
    /// # Errors
    ///
    /// `ERR_PROCESSOR` if the request cannot be made.
    pub(crate) async fn new(
        client: &Client,
        upstream: &Upstream,
        body: &Body,
    ) -> Result<Self, ProcessorError> {
        if body.path.is_empty() {
            let request = chat_completion::prepare(client.clone(), upstream.clone(), &body.json).await?;
            return Ok(Self {
                form: Form::ChatCompletion(request),
                signer: upstream.signer(),
            });
        }
        let request = client
            .post(upstream.url(&body.path))
            .query(&upstream.query())
            .headers(joined(body.headers.clone(), upstream.headers()))
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(body.json.get().to_owned());
        let request = request
            .build()
            .map_err(|_| chat_completion::cannot_be_built(None))?;
        Ok(Self {
            form: Form::Native(Box::new(request)),
            signer: upstream.signer(),
        })
    }

    /// The request for the next attempt.
    ///
    /// # Errors
    ///
    /// `ERR_PROCESSOR` if it cannot be made again, or not be signed.
    pub(crate) async fn build(&self) -> Result<Request, ProcessorError> {
        let mut request = match &self.form {
            Form::ChatCompletion(factory) => {
                let request = factory.build().await;
                request.map_err(|cause| chat_completion::cannot_be_built(Some(cause)))?
            }
            Form::Native(request) => request
                .try_clone()
                .ok_or_else(|| chat_completion::cannot_be_built(None))?,
        };
        if let Some(signer) = &self.signer {
            signer.sign(&mut request, SystemTime::now())?;
        }
        Ok(request)
    }
}
