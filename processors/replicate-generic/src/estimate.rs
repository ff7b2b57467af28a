//! What runs would ask, before they are made.

use runtime::{Config, Estimate, EstimateResult, Estimator, Inputs};

use crate::api::{Api, PROVIDER};
use crate::assets::Limits;
use crate::reference::{DEFAULT, Reference};
use crate::{schema_lookup, secrets};

/// Makes the estimator. What a model costs, and whether it takes the parameters, only the service knows.
#[must_use]
pub fn make_estimator(config: Config) -> Estimator {
    let mut are_settings_right = false;
    Box::new(move |inputs| {
        let mut estimate = of_model(&inputs)?;
        if !are_settings_right {
            Limits::from_config(&config)?;
            Api::from_config(&config)?;
            schema_lookup::is_check_enabled(&config)?;
            are_settings_right = true;
        }
        let mut inputs = inputs;
        secrets::register(&mut inputs, &config)?;
        estimate.unknown.push("price".to_owned());
        Ok(estimate)
    })
}

fn of_model(inputs: &Inputs) -> EstimateResult {
    Reference::parse(inputs.model.as_deref())?;
    Ok(Estimate {
        model: Some(inputs.model.as_deref().unwrap_or(DEFAULT).to_owned()),
        provider: Some(PROVIDER.to_owned()),
        api: Some("predictions".to_owned()),
        ..Estimate::default()
    })
}
