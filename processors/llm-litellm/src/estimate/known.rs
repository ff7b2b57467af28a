//! What estimates find out once: tens of thousands of lines ask few models.

use std::collections::HashMap;

use runtime::{Config, ProcessorError};

use crate::options::Options;
use crate::prices::{Price, Prices};
use crate::requested_model::RequestedModel;
use crate::target::Target;

/// How many lists of models, and how many prices, are kept.
const MOST: usize = 1000;

#[derive(Default)]
pub(super) struct Known {
    /// By their models and APIs, where the inputs say nothing of address, key and headers.
    targets: HashMap<String, Vec<Target>>,
    prices: Option<PriceTable>,
}

/// A table of prices, and the prices that were looked up in it.
pub(super) struct PriceTable {
    table: Prices,
    found: HashMap<String, Option<Price>>,
}

impl Known {
    /// The targets of these models, and the prices.
    ///
    /// # Errors
    ///
    /// Those of [`Target::all`] and [`Prices::from_config`].
    pub(super) fn find(
        &mut self,
        config: &Config,
        models: Vec<RequestedModel>,
        options: &Options,
    ) -> Result<(&[Target], &mut PriceTable), ProcessorError> {
        let key = key(&models);
        let is_usual =
            options.api_base.is_none() && options.api_key_env.is_none() && options.headers.is_empty();
        if !is_usual || !self.targets.contains_key(&key) {
            let targets = Target::all(config, models, options)?;
            if self.targets.len() >= MOST {
                self.targets.clear();
            }
            self.targets.insert(key.clone(), targets);
        }
        let prices = match self.prices.take() {
            Some(prices) => prices,
            None => PriceTable {
                table: Prices::from_config(config)?,
                found: HashMap::new(),
            },
        };
        let targets = self.targets.get(&key).map(Vec::as_slice).unwrap_or_default();
        Ok((targets, self.prices.insert(prices)))
    }
}

impl PriceTable {
    pub(super) fn source(&self) -> &str {
        self.table.source()
    }

    /// The prices of a model at the dearest time of the day.
    pub(super) fn find(&mut self, prefix: &str, model: &str, region: Option<&str>) -> Option<&Price> {
        if self.found.len() >= MOST {
            self.found.clear();
        }
        let key = format!("{prefix}/{}/{model}", region.unwrap_or_default());
        let table = &self.table;
        let found = self.found.entry(key);
        let price = || table.find(prefix, &[model], region).map(Price::without_off_peak);
        found.or_insert_with(price).as_ref()
    }
}

fn key(models: &[RequestedModel]) -> String {
    let names = models
        .iter()
        .flat_map(|model| [model.name.as_str(), model.api.name()]);
    names.collect::<Vec<_>>().join("\n")
}
