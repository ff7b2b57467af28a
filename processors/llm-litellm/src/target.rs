//! The models to ask, in order.

use runtime::{Config, ProcessorError};

use crate::options::Options;
use crate::routes::Route;
use crate::upstream::Upstream;

const DEFAULT_MODEL: &str = "openai/gpt-4o-mini";

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
    /// The model of the inputs, then the fallbacks. All are made before the first is asked, so that what one lacks is told
    /// today and not on the day when it is needed.
    ///
    /// # Errors
    ///
    /// Those of [`Route::of`] and [`Upstream::chosen`].
    pub(crate) fn all(
        config: &Config,
        model: Option<&str>,
        options: &Options,
    ) -> Result<Vec<Self>, ProcessorError> {
        let name = model.unwrap_or(DEFAULT_MODEL).to_owned();
        let (route, model) = Route::of(&name, "/model")?;
        let upstream = Upstream::chosen(config, route, &model, options)?;
        let mut targets = vec![Self {
            name,
            route,
            model,
            upstream,
            is_elsewhere: options.api_base.is_some(),
        }];
        for (index, name) in options.fallbacks.iter().enumerate() {
            let (route, model) = Route::of(name, &format!("/params/fallbacks/{index}"))?;
            targets.push(Self {
                name: name.clone(),
                route,
                upstream: Upstream::of(config, route, &model)?,
                model,
                is_elsewhere: false,
            });
        }
        Ok(targets)
    }
}
