//! The models to ask, in order.

use runtime::{Config, ErrorCode, ProcessorError};

use crate::options::Options;
use crate::routes::Route;
use crate::upstream::Upstream;

const DEFAULT_MODEL: &str = "openai/gpt-4o-mini";
/// The one that knows organizations and projects.
const OPENAI: &str = "openai";
const LITELLM: &str = "litellm_proxy";

/// A model, and the service that its name leads to.
#[derive(Debug)]
pub(crate) struct Named {
    /// As the inputs name it.
    pub(crate) name: String,
    pub(crate) route: &'static Route,
    /// As its service names it.
    pub(crate) model: String,
}

impl Named {
    /// The model of the inputs, then the fallbacks.
    ///
    /// # Errors
    ///
    /// Those of [`Route::of`].
    pub(crate) fn all(model: Option<&str>, options: &Options) -> Result<Vec<Self>, ProcessorError> {
        let first = std::iter::once((model.unwrap_or(DEFAULT_MODEL), "/model".to_owned()));
        let places = (0..).map(|index| format!("/params/fallbacks/{index}"));
        let others = options.fallbacks.iter().map(String::as_str).zip(places);
        let named = first.chain(others).map(|(name, place)| {
            let (route, model) = Route::of(name, &place)?;
            Ok(Self {
                name: name.to_owned(),
                route,
                model,
            })
        });
        named.collect()
    }

    /// Whether it is asked through LiteLLM's proxy.
    pub(crate) fn is_litellms(&self) -> bool {
        self.route.prefix == LITELLM
    }
}

/// A model, and where it is asked.
pub(crate) struct Target {
    /// As the inputs name it.
    pub(crate) name: String,
    pub(crate) route: &'static Route,
    /// As its service names it.
    pub(crate) model: String,
    pub(crate) upstream: Upstream,
    /// Whether the inputs give the address, so that nobody knows whose prices are paid.
    pub(crate) is_elsewhere: bool,
}

impl Target {
    /// All are made before the first is asked, so that what one lacks is told today and not on the day when it is needed.
    ///
    /// The address, the key and the headers of the inputs are meant for the first model. A fallback has its provider's own, and
    /// the headers only where it is on the same host: who may see what a gateway is sent is that gateway alone.
    ///
    /// # Errors
    ///
    /// Those of [`Upstream::chosen`] and [`Headers::resolve`](crate::headers::Headers::resolve); `ERR_INPUTS` for an account of
    /// OpenAI's at another service.
    pub(crate) fn all(
        config: &Config,
        named: Vec<Named>,
        options: &Options,
    ) -> Result<Vec<Self>, ProcessorError> {
        let headers = options.headers.resolve(config)?;
        let mut targets: Vec<Self> = Vec::with_capacity(named.len());
        for Named { name, route, model } in named {
            let (mut upstream, is_first) = match targets.first() {
                None => (Upstream::chosen(config, route, &model, options)?, true),
                Some(_) => (Upstream::of(config, route, &model)?, false),
            };
            let is_elsewhere = is_first && options.api_base.is_some();
            if is_first
                && !is_elsewhere
                && route.prefix != OPENAI
                && let Some(place) = options.headers.account()
            {
                return Err(ProcessorError::new(
                    ErrorCode::Inputs,
                    format!(
                        "{place} tells OpenAI whose account is meant, and {}/ has no such thing; leave it out",
                        route.prefix
                    ),
                ));
            }
            if targets
                .first()
                .is_none_or(|first| upstream.is_at_host_of(&first.upstream))
            {
                upstream.add_headers(&headers);
            }
            targets.push(Self {
                name,
                route,
                model,
                upstream,
                is_elsewhere,
            });
        }
        Ok(targets)
    }
}
