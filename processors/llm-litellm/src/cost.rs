//! What an answer costs, in USD, and the source of that figure.

use reqwest::header::HeaderMap;
use serde_json::{Map, Value};

use crate::completion::Completion;
use crate::prices::Prices;
use crate::target::Target;
use crate::tier;
use crate::usage::positive;

/// LiteLLM's proxy (<https://docs.litellm.ai/docs/proxy/response_headers>); 0 if it does not know the cost.
const HEADER: &str = "x-litellm-response-cost";

/// A cost and its source.
#[derive(Debug, PartialEq)]
pub(crate) struct Cost {
    /// Above 0.
    pub(crate) usd: f64,
    pub(crate) source: String,
}

impl Cost {
    /// The cost in a proxy's header, else in the answer itself, else of the tokens by the price table; `None` if no source
    /// knows it.
    pub(crate) fn find(
        headers: &HeaderMap,
        completion: &Completion,
        target: &Target,
        params: &Map<String, Value>,
        prices: &Prices,
    ) -> Option<Self> {
        let (usd, source) = if let Some(usd) = from_header(headers) {
            (usd, format!("header {HEADER}"))
        } else if let Some(usd) = completion.usage.cost {
            (usd, "usage of the answer".to_owned())
        } else {
            let is_list_price = completion.is_list_price;
            if !is_list_price.unwrap_or_else(|| tier::requests_list_price(params)) {
                return None;
            }
            (
                from_table(completion, target, prices)?,
                prices.source().to_owned(),
            )
        };
        Some(Self { usd, source })
    }
}

fn from_header(headers: &HeaderMap) -> Option<f64> {
    positive(headers.get(HEADER)?.to_str().ok()?.trim().parse().ok()?)
}

/// The table has the providers' list prices for text, not those of an address that the inputs give.
fn from_table(completion: &Completion, target: &Target, prices: &Prices) -> Option<f64> {
    if target.has_custom_address {
        return None;
    }
    let requested = &target.requested;
    let names = [completion.model.as_deref(), Some(requested.model.as_str())];
    let mut names = names.into_iter().flatten();
    let price = names.find_map(|name| prices.find(requested.route.prefix, name))?;
    price.cost(&completion.usage)
}
