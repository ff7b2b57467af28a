//! What runs would ask, and what they cost at most, before they are made.

mod known;
mod output_limit;
mod unknown;

use std::collections::BTreeMap;

use runtime::{Config, Estimate, EstimateResult, Estimator, Inputs};
use serde_json::Value;

use crate::api::Api;
use crate::hosted_tools::HostedTools;
use crate::litellm;
use crate::models;
use crate::options::Options;
use crate::parameters::Parameters;
use crate::prices::{Price, Situation};
use crate::request;
use crate::request::preview::Preview;
use crate::requested_model::RequestedModel;
use crate::target::Target;
use crate::tier;
use crate::usage::Usage;
use known::{Known, PriceTable};
use unknown::Unknown;

/// Makes the estimator. It refuses what the runner would refuse before its first request, except for what a file makes of it.
#[must_use]
pub fn make_estimator(config: Config) -> Estimator {
    let mut known = Known::default();
    Box::new(move |inputs| estimate(&config, &mut known, inputs))
}

/// What an answer of a model uses up at most.
struct Bound {
    input: u64,
    output: Option<u64>,
    usd: Option<f64>,
}

fn estimate(config: &Config, known: &mut Known, mut inputs: Inputs) -> EstimateResult {
    let options = Options::take(&mut inputs.params)?;
    request::check(&inputs.params)?;
    let models = RequestedModel::all(config, inputs.model.as_deref(), &inputs.params, &options)?;
    let is_for_proxy = models.iter().all(RequestedModel::is_behind_proxy);
    litellm::take(&mut inputs.params, is_for_proxy)?;
    let (targets, prices) = known.find(config, models, &options)?;
    let mut unknown = Unknown::of(&inputs.params);
    let params = Parameters::take(&mut inputs, config, targets)?;
    let mut bounds = Vec::with_capacity(targets.len());
    for target in targets {
        let preview = if unknown.has_files {
            Preview::of_parameters(&params) // a file may become another thing in each API
        } else {
            Preview::new(&params, &target.requested)?
        };
        unknown.add_service(target);
        bounds.push(bound(target, &preview, prices));
    }
    let all = |of: fn(&Bound) -> Option<u64>| {
        bounds
            .iter()
            .map(of)
            .try_fold(0, |most, one| Some(most.max(one?)))
    };
    let input_tokens_at_most = all(|bound| Some(bound.input)).filter(|_| !unknown.is_input());
    let output_tokens_at_most = all(|bound| bound.output);
    let usd = bounds
        .iter()
        .try_fold(0.0, |most: f64, bound| Some(most.max(bound.usd?)));
    let cost_usd_at_most = usd.filter(|_| unknown.is_empty());
    if output_tokens_at_most.is_none() {
        unknown.add("max_tokens");
    } else if usd.is_none() {
        unknown.add("price");
    }
    let first = targets.first();
    Ok(Estimate {
        model: first.map(|target| target.requested.name.clone()),
        provider: first.map(Target::provider),
        api: first.map(|target| target.requested.api.name().to_owned()),
        input_tokens_at_most,
        output_tokens_at_most,
        cost_usd_at_most,
        prices: cost_usd_at_most.map(|_| prices.source().to_owned()),
        unknown: unknown.into_words(),
        ..Estimate::default()
    })
}

fn bound(target: &Target, preview: &Preview, prices: &mut PriceTable) -> Bound {
    let requested = &target.requested;
    let body = preview.value.to_string();
    let input = body.len() as u64; // no token has less than a byte
    let facts = || models::find(requested.route.prefix, &requested.model);
    let limit = output_limit::find(&preview.value).or_else(|| facts()?.max_output_tokens);
    let answers = preview.params.get("n").and_then(Value::as_u64).unwrap_or(1);
    let output = limit.map(|limit| limit.saturating_mul(answers));
    let usd = output.filter(|_| !target.has_custom_address).and_then(|output| {
        let host = target.upstream.host().unwrap_or_default();
        let tier = tier::requested(&preview.params);
        let situation = Situation::new(tier, &host, &preview.params);
        let price = prices.find(requested.route.prefix, &requested.model, situation.region)?;
        dearest(
            price,
            input as f64,
            output as f64,
            &situation,
            &Caching::of(requested.api, &body),
        )
    });
    Bound { input, output, usd }
}

/// Which input may be charged as written to a cache.
struct Caching {
    is_possible: bool,
    is_for_hour: bool,
}

impl Caching {
    /// Anthropic's and Bedrock's services cache on request alone.
    fn of(api: Api, body: &str) -> Self {
        let is_on_request = matches!(
            api,
            Api::AnthropicMessages | Api::VertexMessages | Api::BedrockConverse
        );
        let is_requested = body.contains("\"cache_control\"") || body.contains("\"cachePoint\"");
        Self {
            is_possible: is_requested || !is_on_request,
            is_for_hour: is_requested && body.contains("\"1h\""),
        }
    }
}

/// The cost of the dearest answer with so many tokens; `None` if the price does not determine it.
fn dearest(
    price: &Price,
    input: f64,
    output: f64,
    situation: &Situation<'_>,
    caching: &Caching,
) -> Option<f64> {
    let cost = |details: &[(&str, f64)]| {
        let counts = [("prompt_tokens", input), ("completion_tokens", output)];
        let counts = counts.iter().chain(details);
        let usage = Usage {
            counts: BTreeMap::from_iter(counts.map(|(name, count)| ((*name).to_owned(), *count))),
            ..Usage::default()
        };
        price.cost(&usage, &HostedTools::default(), situation)
    };
    let plain = cost(&[])?;
    let reasoning = ("completion_tokens_details.reasoning_tokens", output);
    let written = ("cache_creation_input_tokens", input);
    let for_hour = ("cache_creation.ephemeral_1h_input_tokens", input);
    let mut others = vec![cost(&[reasoning])];
    if caching.is_possible {
        others.extend([cost(&[written]), cost(&[written, reasoning])]);
    }
    if caching.is_for_hour {
        others.extend([cost(&[written, for_hour]), cost(&[written, for_hour, reasoning])]);
    }
    Some(others.into_iter().flatten().fold(plain, f64::max))
}
