//! Replicate's HTTP API: <https://replicate.com/docs/reference/http>.

use runtime::http::{self, Client, HeaderValue, Url};
use runtime::{Config, ErrorCode, ProcessorError};
use serde_json::Value;

use crate::model::Model;
use crate::prediction::Prediction;

const TOKEN: &str = "REPLICATE_API_TOKEN";
const BASE: &str = "REPLICATE_BASE_URL";
const DEFAULT_BASE: &str = "https://api.replicate.com";

/// The service, and what to prove ourselves with.
pub(crate) struct Api {
    client: Client,
    base: Url,
    authorization: HeaderValue,
}

impl Api {
    /// # Errors
    ///
    /// `ERR_MISSING_SECRET` and `ERR_USAGE` that name the variable.
    pub(crate) fn of(config: &Config) -> Result<Self, ProcessorError> {
        Ok(Self {
            base: http::base_url(config, &[BASE], DEFAULT_BASE)?,
            authorization: http::bearer(config, TOKEN)?,
            client: http::client()?,
        })
    }

    /// Asks for a prediction of an official model.
    pub(crate) async fn create(&self, model: &Model, body: &Value) -> Result<Prediction, ProcessorError> {
        let base = self.base.as_str().trim_end_matches('/');
        let url = format!("{base}/v1/models/{}/{}/predictions", model.owner, model.name);
        self.send(self.client.post(url).json(body)).await
    }

    /// Asks how a prediction is going.
    pub(crate) async fn poll(&self, prediction: &Prediction) -> Result<Prediction, ProcessorError> {
        let url = Url::parse(&prediction.urls.get).ok();
        // the token goes nowhere else, whatever an answer says
        let url = url.filter(|url| url.origin() == self.base.origin()).ok_or_else(|| {
            ProcessorError::new(
                ErrorCode::ProviderResponse,
                "the provider's answer names no address of its own to poll",
            )
        })?;
        self.send(self.client.get(url)).await
    }

    async fn send(&self, request: http::RequestBuilder) -> Result<Prediction, ProcessorError> {
        let request = request
            .header("authorization", self.authorization.clone())
            .build()
            .map_err(http::send_error)?;
        let answer = http::send(&self.client, request).await?;
        answer.check()?;
        Prediction::parse(&answer.body)
    }
}
