//! The models that the inputs name.

use runtime::ProcessorError;

use crate::api::Api;
use crate::options::Options;
use crate::routes::{Route, latest, makers};

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
}

impl RequestedModel {
    /// The model of the inputs, then the fallbacks.
    ///
    /// # Errors
    ///
    /// Those of [`Route::resolve`], and those of [`makers::check`] unless the inputs give the address.
    pub(crate) fn all(model: Option<&str>, options: &Options) -> Result<Vec<Self>, ProcessorError> {
        let first = std::iter::once((model.unwrap_or(DEFAULT_MODEL), "/model".to_owned()));
        let pointers = (0..).map(|index| format!("/params/fallbacks/{index}"));
        let fallbacks = options.fallbacks.iter().map(String::as_str).zip(pointers);
        let models = first
            .chain(fallbacks)
            .enumerate()
            .map(|(index, (name, pointer))| {
                // an address of the inputs is that of the first model, and has a key of its own
                if index > 0 || options.api_base.is_none() {
                    makers::check(name, &pointer)?;
                }
                let (route, model) = Route::resolve(name, &pointer)?;
                Ok(Self {
                    name: name.to_owned(),
                    route,
                    api: route.api(options.is_openai_compatible),
                    model,
                })
            });
        models.collect()
    }

    /// What the service is told in place of a name that is only LiteLLM's.
    pub(crate) fn change(&self) -> Option<String> {
        let name = self.name.split_once('/').map_or(&*self.name, |(_, name)| name);
        let model = latest::model(self.route.prefix, name)?;
        Some(format!("model {name} to {model}"))
    }

    /// Whether a LiteLLM proxy serves the model.
    pub(crate) fn is_behind_proxy(&self) -> bool {
        self.route.prefix == LITELLM
    }
}
