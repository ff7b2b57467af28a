//! The models to ask, in order.

use runtime::{Config, ErrorCode, ProcessorError};

use crate::options::Options;
use crate::routes::Route;
use crate::upstream::Upstream;

const DEFAULT_MODEL: &str = "openai/gpt-4o-mini";
/// The only service that knows organizations and projects.
const OPENAI: &str = "openai";
const LITELLM: &str = "litellm_proxy";

/// A model that the inputs name, and the service that its name leads to.
#[derive(Debug)]
pub(crate) struct RequestedModel {
    /// Its name in the inputs.
    pub(crate) name: String,
    pub(crate) route: &'static Route,
    /// Its name at the service.
    pub(crate) model: String,
}

impl RequestedModel {
    /// The model of the inputs, then the fallbacks.
    ///
    /// # Errors
    ///
    /// Those of [`Route::resolve`].
    pub(crate) fn all(model: Option<&str>, options: &Options) -> Result<Vec<Self>, ProcessorError> {
        let first = std::iter::once((model.unwrap_or(DEFAULT_MODEL), "/model".to_owned()));
        let pointers = (0..).map(|index| format!("/params/fallbacks/{index}"));
        let fallbacks = options.fallbacks.iter().map(String::as_str).zip(pointers);
        let models = first.chain(fallbacks).map(|(name, pointer)| {
            let (route, model) = Route::resolve(name, &pointer)?;
            Ok(Self {
                name: name.to_owned(),
                route,
                model,
            })
        });
        models.collect()
    }

    /// Whether it is asked through LiteLLM's proxy.
    pub(crate) fn is_behind_proxy(&self) -> bool {
        self.route.prefix == LITELLM
    }
}

/// A model, and where to ask it.
pub(crate) struct Target {
    pub(crate) requested: RequestedModel,
    pub(crate) upstream: Upstream,
    /// Whether the inputs give the address, so that the prices there are unknown.
    pub(crate) has_custom_address: bool,
}

impl Target {
    /// Makes all of them before the first is asked, so that what a fallback lacks is reported today, not when it is needed.
    ///
    /// The address, the key and the headers of the inputs are meant for the first model. A fallback has the address and the key
    /// of its provider, and the headers only if it has the origin of the first.
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
            let (route, model) = (requested.route, &requested.model);
            let first = targets.first();
            let mut upstream = match first {
                None => Upstream::from_options(config, route, model, options)?,
                Some(_) => Upstream::from_route(config, route, model)?,
            };
            let has_custom_address = first.is_none() && options.api_base.is_some();
            if first.is_none()
                && !has_custom_address
                && route.prefix != OPENAI
                && let Some(pointer) = options.headers.account()
            {
                let prefix = route.prefix;
                return Err(ProcessorError::new(
                    ErrorCode::Inputs,
                    format!(
                        "{pointer} tells OpenAI whose account is meant, and {prefix}/ has none; leave it out"
                    ),
                ));
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
}
