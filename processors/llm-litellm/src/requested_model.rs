//! The models that the inputs name.

use reqwest::Url;
use runtime::{Config, ProcessorError};
use serde_json::{Map, Value};

use crate::api::Api;
use crate::chosen_api::{self, Circumstances};
use crate::google::partners::{Partner, partner};
use crate::options::Options;
use crate::routes::{Quirk, Route, latest, makers};

const DEFAULT_MODEL: &str = "openai/gpt-4o-mini";
const LITELLM: &str = "litellm_proxy";

/// A model that the inputs name, and the service that its name leads to.
#[derive(Debug)]
pub(crate) struct RequestedModel {
    /// Its name in the inputs.
    pub(crate) name: String,
    pub(crate) route: &'static Route,
    /// The API in which it is asked.
    pub(crate) api: Api,
    /// Its name at the service.
    pub(crate) model: String,
    /// Whether the inputs name none, so that it is the default.
    pub(crate) is_default: bool,
}

impl RequestedModel {
    /// The model of the inputs, then the fallbacks.
    ///
    /// # Errors
    ///
    /// Those of [`Route::resolve`], and those of [`makers::check`] unless the inputs give the address; `ERR_USAGE` for a variable
    /// that cannot be read.
    pub(crate) fn all(
        config: &Config,
        model_of_inputs: Option<&str>,
        params: &Map<String, Value>,
        options: &Options,
    ) -> Result<Vec<Self>, ProcessorError> {
        let first = std::iter::once((model_of_inputs.unwrap_or(DEFAULT_MODEL), "/model".to_owned()));
        let pointers = (0..).map(|index| format!("/params/fallbacks/{index}"));
        let fallbacks = options.fallbacks.iter().map(String::as_str).zip(pointers);
        let models = first
            .chain(fallbacks)
            .enumerate()
            .map(|(index, (name, pointer))| {
                // an address of the inputs is that of the first model, and has a key of its own
                let is_of_route = index > 0 || options.api_base.is_none();
                if is_of_route {
                    makers::check(name, &pointer)?;
                }
                let (route, model) = Route::resolve(name, &pointer)?;
                let circumstances = Circumstances {
                    params,
                    is_openai_compatible: options.is_openai_compatible,
                    is_own_address: is_of_route && is_own_address(config, route)?,
                };
                let (api, model) = chosen_api::choose(route, model, &circumstances);
                Ok(Self {
                    name: name.to_owned(),
                    route,
                    api,
                    is_default: index == 0 && model_of_inputs.is_none(),
                    model,
                })
            });
        models.collect()
    }

    /// A model that is asked in this API, whatever its name leads to.
    #[cfg(test)]
    pub(crate) fn asked_in(api: Api, name: &str) -> Self {
        let (route, model) = Route::resolve(name, "/model").unwrap();
        Self {
            name: name.to_owned(),
            route,
            api,
            model,
            is_default: false,
        }
    }

    /// What the service is told in place of a name that is only LiteLLM's, or of none.
    pub(crate) fn change(&self) -> Option<String> {
        if self.is_default {
            return Some(format!("model {} added", self.name));
        }
        let name = self.name.split_once('/').map_or(&*self.name, |(_, name)| name);
        let model = latest::model(self.route.prefix, name)?;
        Some(format!("model {name} to {model}"))
    }

    /// The partner of Google whose model it is in Vertex AI.
    pub(crate) fn partner(&self) -> Option<Partner> {
        let is_vertex = self.route.has(&Quirk::Google);
        is_vertex.then(|| partner(&self.model)).flatten()
    }

    /// Whether a LiteLLM proxy serves the model.
    pub(crate) fn is_behind_proxy(&self) -> bool {
        self.route.prefix == LITELLM
    }
}

/// Whether no variable gives another address than the service's own.
fn is_own_address(config: &Config, route: &Route) -> Result<bool, ProcessorError> {
    for name in route.base_from {
        if let Some(given) = config.setting(name)? {
            let host = |url: &str| Some(Url::parse(url).ok()?.host_str()?.to_owned());
            let own = host(route.base);
            return Ok(host(&given).is_some_and(|host| own.is_some_and(|own| is_at(&host, &own))));
        }
    }
    Ok(true)
}

/// Whether a host is another, or below it, such as `eu.api.openai.com` below `api.openai.com`.
fn is_at(host: &str, own: &str) -> bool {
    let below = host.strip_suffix(own);
    below.is_some_and(|below| below.is_empty() || below.ends_with('.'))
}
