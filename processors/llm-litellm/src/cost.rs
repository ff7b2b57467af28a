//! What an answer costs, in USD, and who says so.

use reqwest::header::HeaderMap;
use serde_json::{Map, Value};

use crate::completion::Completion;
use crate::prices::Prices;
use crate::target::Target;
use crate::tier;
use crate::usage::known;

/// LiteLLM's proxy (<https://docs.litellm.ai/docs/proxy/response_headers>); 0 where it does not know.
const HEADER: &str = "x-litellm-response-cost";

/// A cost and its source.
#[derive(Debug, PartialEq)]
pub(crate) struct Cost {
    /// Above 0.
    pub(crate) usd: f64,
    pub(crate) source: String,
}

impl Cost {
    /// What a proxy says in a header, else what the answer itself says, else what the tokens cost by the price table; `None`
    /// where none of them knows.
    pub(crate) fn of(
        headers: &HeaderMap,
        completion: &Completion,
        target: &Target,
        params: &Map<String, Value>,
        prices: &Prices,
    ) -> Option<Self> {
        let cost = |usd, source: &str| Self {
            usd,
            source: source.to_owned(),
        };
        if let Some(usd) = in_header(headers) {
            return Some(cost(usd, &format!("header {HEADER}")));
        }
        if let Some(usd) = completion.usage.cost {
            return Some(cost(usd, "usage of the answer"));
        }
        let has_usual_price = completion
            .has_usual_price
            .unwrap_or_else(|| tier::asks_for_usual_price(params));
        let usd = by_table(completion, target, prices).filter(|_| has_usual_price)?;
        Some(cost(usd, prices.source()))
    }
}

fn in_header(headers: &HeaderMap) -> Option<f64> {
    known(headers.get(HEADER)?.to_str().ok()?.trim().parse().ok()?)
}

/// The table has the providers' list prices for texts: not those of an address that the inputs name.
fn by_table(completion: &Completion, target: &Target, prices: &Prices) -> Option<f64> {
    if target.is_elsewhere {
        return None;
    }
    let names = [completion.model.as_deref(), Some(target.model.as_str())];
    let price = names
        .into_iter()
        .flatten()
        .find_map(|name| prices.find(target.route.prefix, name))?;
    price.of(&completion.usage)
}
