//! The models to ask, in order, with the addresses and keys of their services.

use runtime::{Config, ErrorCode, ProcessorError};

use crate::api::Api;
use crate::options::Options;
use crate::requested_model::RequestedModel;
use crate::upstream::Upstream;

/// The only service that knows organizations and projects.
const OPENAI: &str = "openai";

/// The header of Claude's features, which Bedrock has in the body
/// (<https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-request-response.html>).
const BETA: &str = "anthropic-beta";

/// A model, and where to ask it.
pub(crate) struct Target {
    pub(crate) requested: RequestedModel,
    pub(crate) upstream: Upstream,
    /// Whether the inputs give the address, so that the prices there are unknown.
    pub(crate) has_custom_address: bool,
}

impl Target {
    /// The targets of all models. They are made before the first request, so that a missing key of a fallback is reported at once.
    ///
    /// The address, the key and the headers of the inputs are for the first model. A fallback uses the address and the key of its
    /// provider, and the headers only if it has the origin of the first.
    ///
    /// # Errors
    ///
    /// Those of [`Upstream::from_options`] and [`Headers::resolve`](crate::headers::Headers::resolve); `ERR_INPUTS` for an
    /// OpenAI account at another service.
    pub(crate) fn all(
        config: &Config,
        models: Vec<RequestedModel>,
        options: &Options,
    ) -> Result<Vec<Self>, ProcessorError> {
        let headers = options.headers.resolve(config)?;
        let mut targets: Vec<Self> = Vec::with_capacity(models.len());
        for requested in models {
            let first = targets.first();
            let mut upstream = match first {
                None => Upstream::from_options(config, &requested, options)?,
                Some(_) => Upstream::from_route(config, &requested)?,
            };
            let has_custom_address = first.is_none() && options.api_base.is_some();
            if first.is_none()
                && !has_custom_address
                && requested.route.prefix != OPENAI
                && let Some(pointer) = options.headers.account_pointer()
            {
                let prefix = requested.route.prefix;
                return Err(ProcessorError::new(
                    ErrorCode::Inputs,
                    format!(
                        "{pointer} selects an account at OpenAI, and the model is at {prefix}/; leave it out"
                    ),
                ));
            }
            if first.is_none() && requested.api == Api::BedrockConverse && headers.contains_key(BETA) {
                let message = "/params/headers/anthropic-beta is not read by Bedrock; give /params/anthropic_beta, a list";
                return Err(ProcessorError::new(ErrorCode::Inputs, message));
            }
            if first.is_none_or(|first| upstream.has_same_origin(&first.upstream)) {
                upstream.add_headers(&headers);
            }
            targets.push(Self {
                requested,
                upstream,
                has_custom_address,
            });
        }
        Ok(targets)
    }

    /// The name of the service in the log: its route, or its host if the inputs give the address.
    pub(crate) fn provider(&self) -> String {
        let host = self.upstream.host().filter(|_| self.has_custom_address);
        host.unwrap_or_else(|| self.requested.route.prefix.to_owned())
    }
}
