//! The numbers in an answer's `usage`.

use std::collections::BTreeMap;

use runtime::MAX_SAFE_INTEGER;
use runtime::http::Members;
use serde::Deserialize;
use serde_json::value::RawValue;

/// `completion_tokens_details.reasoning_tokens` has depth 2; some services have one level more.
const DEEPEST: usize = 3;
const MOST_NUMBERS: usize = 64;
const LONGEST_NAME: usize = 64;
const MOST_LABELS: usize = 16;
const LONGEST_LABEL: usize = 32;

/// The unit in which xAI reports costs
/// (<https://docs.x.ai/docs/key-information/consumption-and-rate-limits>).
const TICKS_PER_USD: f64 = 1e10;

/// The numbers of an answer's `usage`.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    /// By their path, with dots: `prompt_tokens_details.cached_tokens`. Costs are not among them.
    pub(crate) counts: BTreeMap<String, f64>,
    /// Short strings, such as `inference_geo`, by their path.
    pub(crate) labels: BTreeMap<String, String>,
    /// The cost that the answer reports, in USD, above 0.
    pub(crate) cost: Option<f64>,
}

impl Usage {
    /// Reads the first 64 numbers that are exact and the first 16 short strings, and ignores everything else.
    pub(crate) fn parse(raw: &RawValue) -> Self {
        let mut usage = Self::default();
        let Ok(members) = serde_json::from_str::<Members<'_>>(raw.get()) else {
            return usage;
        };
        usage.cost = cost(&members);
        usage.add("", &members, DEEPEST);
        usage
    }

    /// A count; 0 if it is missing.
    pub(crate) fn count(&self, name: &str) -> f64 {
        self.counts.get(name).copied().unwrap_or_default()
    }

    fn add(&mut self, parent: &str, members: &Members<'_>, deepest: usize) {
        let Some(deepest) = deepest.checked_sub(1) else {
            return;
        };
        for (name, raw) in members {
            if !is_name(name) || name.contains("cost") {
                continue;
            }
            let path = format!("{parent}{name}");
            if let Ok(number) = serde_json::from_str::<f64>(raw.get()) {
                if number.abs() <= MAX_SAFE_INTEGER as f64 && self.counts.len() < MOST_NUMBERS {
                    self.counts.insert(path, number);
                }
            } else if let Ok(label) = serde_json::from_str::<String>(raw.get()) {
                if label.len() <= LONGEST_LABEL && self.labels.len() < MOST_LABELS {
                    self.labels.insert(path, label);
                }
            } else if let Ok(inner) = serde_json::from_str(raw.get()) {
                self.add(&format!("{path}."), &inner, deepest);
            }
        }
    }
}

fn is_name(name: &str) -> bool {
    (1..=LONGEST_NAME).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

/// The cost as OpenRouter (`cost`), Perplexity (`cost.total_cost`), DeepInfra (`estimated_cost`) or xAI (`cost_in_usd_ticks`)
/// report it.
fn cost(members: &Members<'_>) -> Option<f64> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Reported {
        Total(f64),
        Parts { total_cost: f64 },
    }
    let read = |name: &str| {
        let (Reported::Total(usd) | Reported::Parts { total_cost: usd }) =
            serde_json::from_str(members.get(name)?.get()).ok()?;
        positive(usd)
    };
    read("cost")
        .or_else(|| read("estimated_cost"))
        .or_else(|| read("cost_in_usd_ticks").map(|ticks| ticks / TICKS_PER_USD))
}

/// A cost above 0, as services report 0 for an unknown cost; not one that a receipt has no number for.
pub(crate) fn positive(usd: f64) -> Option<f64> {
    (usd > 0.0 && usd <= MAX_SAFE_INTEGER as f64).then_some(usd)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Usage {
        Usage::parse(&serde_json::from_str::<Box<RawValue>>(json).unwrap())
    }

    #[test]
    fn details_are_read_too() {
        let usage = parse(
            r#"{"prompt_tokens":3,"total_tokens":1e400,"prompt_tokens_details":{"cached_tokens":2,"audio_tokens":null,"x":{"y":1,"z":{"deep":1}}},
                "cost":0.5,"cost_details":{"upstream":1},"a b":1,"":1,"text":"7","list":[1],"huge":1e300}"#,
        );
        assert_eq!(usage.counts.len(), 3, "{usage:?}");
        assert_eq!(usage.count("prompt_tokens"), 3.0);
        assert_eq!(usage.count("prompt_tokens_details.cached_tokens"), 2.0);
        assert_eq!(usage.count("prompt_tokens_details.x.y"), 1.0);
        assert_eq!(usage.count("other"), 0.0);
        let labels: Vec<_> = usage.labels.into_iter().collect();
        assert_eq!(labels, [("text".to_owned(), "7".to_owned())]);
    }

    #[test]
    fn size_and_depth_are_limited() {
        let members: Vec<_> = (0..1000).map(|n| format!(r#""n{n}":{n}"#)).collect();
        let usage = parse(&format!("{{{}}}", members.join(",")));
        assert_eq!(usage.counts.len(), MOST_NUMBERS);
        let deep = format!("{}1{}", r#"{"a":"#.repeat(100), "}".repeat(100));
        assert!(parse(&deep).counts.is_empty());
        assert!(parse("null").counts.is_empty());
    }

    #[test]
    fn costs_of_many_shapes() {
        for (json, cost) in [
            (r#"{"cost":0.25}"#, Some(0.25)),
            (
                r#"{"cost":{"total_cost":0.006,"input_tokens_cost":0}}"#,
                Some(0.006),
            ),
            (r#"{"estimated_cost":1.5e-05}"#, Some(1.5e-05)),
            (r#"{"cost_in_usd_ticks":37756000}"#, Some(0.0037756)),
            (r#"{"cost":0,"estimated_cost":2}"#, Some(2.0)),
            (r#"{"cost":0}"#, None),
            (r#"{"cost":-1}"#, None),
            (r#"{"cost":"1"}"#, None),
            (r#"{"cost":1e400}"#, None),
            (r#"{"cost":1e20,"estimated_cost":2}"#, Some(2.0)),
            (r#"{"cost":null}"#, None),
            ("{}", None),
        ] {
            assert_eq!(parse(json).cost, cost, "{json}");
        }
    }
}
