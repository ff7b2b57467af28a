//! Replicate's HTTP API: <https://replicate.com/docs/reference/http>.

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, RequestBuilder, Url};
use runtime::{Config, ErrorCode, ProcessorError, http};

use crate::model::Model;
use crate::prediction::Prediction;

const TOKEN: &str = "REPLICATE_API_TOKEN";
const BASE: &str = "REPLICATE_BASE_URL";
const DEFAULT_BASE: &str = "https://api.replicate.com";

/// The service, and what to prove ourselves with.
pub(crate) struct Api {
    client: Client,
    base: String,
    authorization: HeaderValue,
}

impl Api {
    /// # Errors
    ///
    /// `ERR_MISSING_SECRET` and `ERR_USAGE` that name the variable.
    pub(crate) fn of(config: &Config) -> Result<Self, ProcessorError> {
        Ok(Self {
            base: http::base(config, &[BASE], DEFAULT_BASE)?,
            authorization: http::bearer(TOKEN, &config.secret(TOKEN)?)?,
            client: http::client(config)?,
        })
    }

    /// Asks for a prediction of an official model.
    pub(crate) async fn create(&self, model: &Model, body: Vec<u8>) -> Result<Prediction, ProcessorError> {
        let Model { owner, name } = model;
        let url = format!("{}/v1/models/{owner}/{name}/predictions", self.base);
        let request = self.client.post(url).header(CONTENT_TYPE, "application/json");
        self.send(request.body(body)).await
    }

    /// Asks how a prediction is going.
    pub(crate) async fn poll(&self, prediction: &Prediction) -> Result<Prediction, ProcessorError> {
        let own = Url::parse(&self.base).ok().map(|base| base.origin());
        let url = Url::parse(&prediction.urls.get).ok();
        // the token goes nowhere else, whatever an answer says
        let url = url.filter(|url| own == Some(url.origin())).ok_or_else(|| {
            ProcessorError::new(
                ErrorCode::ProviderResponse,
                "the provider's answer names no address of its own to poll",
            )
        })?;
        self.send(self.client.get(url)).await
    }

    async fn send(&self, request: RequestBuilder) -> Result<Prediction, ProcessorError> {
        let request = request
            .header(AUTHORIZATION, self.authorization.clone())
            .build()
            .map_err(http::send_error)?;
        let answer = http::send(&self.client, request).await?;
        answer.check()?;
        Prediction::parse(&answer.body)
    }
}
