//! What an answer costs, in USD, and the source of that figure.

use reqwest::header::HeaderMap;
use runtime::MAX_SAFE_INTEGER;
use serde_json::{Map, Value};

use crate::completion::Completion;
use crate::hosted_tools::HostedTools;
use crate::prices::{Prices, Situation};
use crate::target::Target;
use crate::tier;
use crate::usage::positive;

/// LiteLLM's proxy (<https://docs.litellm.ai/docs/proxy/response_headers>); 0 if it does not know the cost.
const HEADER: &str = "x-litellm-response-cost";

/// A cost and its source.
#[derive(Debug, PartialEq)]
pub(crate) struct Cost {
    /// 0 only for a model that the table has as free.
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
            (
                from_table(completion, target, params, prices)?,
                prices.source().to_owned(),
            )
        };
        // a table of one's own may have any price
        (usd <= MAX_SAFE_INTEGER as f64).then_some(Self { usd, source })
    }
}

fn from_header(headers: &HeaderMap) -> Option<f64> {
    positive(headers.get(HEADER)?.to_str().ok()?.trim().parse().ok()?)
}

/// The table has the providers' list prices, not those of an address that the inputs give.
fn from_table(
    completion: &Completion,
    target: &Target,
    params: &Map<String, Value>,
    prices: &Prices,
) -> Option<f64> {
    if target.has_custom_address {
        return None;
    }
    let host = target.upstream.host().unwrap_or_default();
    let tier = completion.tier.unwrap_or_else(|| tier::requested(params));
    let situation = Situation::new(tier, &host, params);
    let requested = &target.requested;
    // other APIs count searches in the usage, and they may cite pages that the caller gave
    let tools = match requested.api.native() {
        Some(_) => HostedTools::default(),
        None => completion.tools,
    };
    list_price(
        completion,
        &tools,
        requested.route.prefix,
        &requested.model,
        &situation,
        prices,
    )
}

/// The cost by the prices of the model that the answer names, or else of the requested one.
fn list_price(
    completion: &Completion,
    tools: &HostedTools,
    prefix: &str,
    model: &str,
    situation: &Situation<'_>,
    prices: &Prices,
) -> Option<f64> {
    let models: Vec<_> = completion.model.as_deref().into_iter().chain([model]).collect();
    let price = prices.find(prefix, &models, situation.region)?;
    price.cost(&completion.usage, tools, situation)
}

#[cfg(test)]
mod recorded;
