//! Costs of many answers, for a comparison with LiteLLM: `tests/litellm/costs` runs it.

use std::fs;
use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use runtime::http::Answer;
use serde::Deserialize;

use super::*;

/// A line of the file that `COSTS_OF` names.
#[derive(Deserialize)]
struct Case {
    prefix: String,
    model: String,
    params: Map<String, Value>,
    answer: Value,
    #[serde(default)]
    host: String,
    /// Seconds since 1970.
    time: u64,
}

/// Writes the cost of each answer to the same file with `.costs` added, `null` if it is unknown.
#[test]
#[ignore = "tests/litellm/costs runs it"]
fn costs_of_a_file_of_answers() {
    let path = std::env::var("COSTS_OF").unwrap();
    let prices = Prices::built_in();
    let cases = fs::read_to_string(&path).unwrap();
    let costs = cases.lines().map(|line| {
        let case: Case = serde_json::from_str(line).unwrap();
        let completion = Completion::parse(&Answer {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: case.answer.to_string().into_bytes(),
        });
        let completion = completion.unwrap();
        let tier = completion.tier.unwrap_or_else(|| tier::requested(&case.params));
        let mut situation = Situation::new(tier, &case.host, &case.params);
        situation.time = SystemTime::UNIX_EPOCH + Duration::from_secs(case.time);
        let usd = completion.usage.cost.or_else(|| {
            let (tools, model) = (&completion.tools, &case.model);
            list_price(&completion, tools, &case.prefix, model, &situation, &prices)
        });
        serde_json::to_string(&usd).unwrap() + "\n"
    });
    let costs: String = costs.collect();
    fs::write(format!("{path}.costs"), costs).unwrap();
}
