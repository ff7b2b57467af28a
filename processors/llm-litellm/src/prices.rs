//! The price table: what the tokens of common models cost.
//!
//! `prices/rebuild` makes `prices/prices.tsv`, which is a part of the binary; `LLM_PRICES_FILE` names another table of the same
//! form. A line for each model has, separated by tabs: its name as in `/model`, always with its prefix; the USD for a million
//! tokens of input, output, cached input read, and cached input written; and the number of input tokens up to which these prices
//! hold. Empty cells at the end may be left out; `#` begins a comment.

pub(crate) mod names;
pub(crate) mod table;

use std::borrow::Cow;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use runtime::{Config, ErrorCode, Hasher, ProcessorError};

use crate::usage::{Usage, positive};

pub(crate) const BUILT_IN: &str = include_str!("../prices/prices.tsv");
const FILE: &str = "LLM_PRICES_FILE";
const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// Parts of the names of counts whose prices the table lacks.
const OTHER_PRICES: [&str; 3] = ["audio", "image", "search"];

/// A table, which is parsed only if nothing else reports the cost of an answer.
#[derive(Debug)]
pub(crate) struct Prices {
    text: Cow<'static, str>,
    source: String,
}

/// The prices of a model, in USD for a million tokens.
#[derive(Debug, PartialEq)]
pub(crate) struct Price {
    input: f64,
    output: f64,
    cached: Option<f64>,
    written: Option<f64>,
    /// The number of input tokens up to which they hold.
    up_to: f64,
}

impl Prices {
    /// The table that `LLM_PRICES_FILE` names, or the built-in one.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE` that names the variable, and the number of a wrong line.
    pub(crate) fn from_config(config: &Config) -> Result<Self, ProcessorError> {
        let Some(path) = config.setting(FILE)? else {
            return Ok(Self::built_in());
        };
        Self::read(Path::new(&path))
            .map_err(|what| ProcessorError::new(ErrorCode::Usage, format!("{FILE} {what}")))
    }

    fn built_in() -> Self {
        let name = BUILT_IN.split(". ").next().unwrap_or_default();
        Self {
            text: Cow::Borrowed(BUILT_IN),
            source: format!("price table of {}", name.trim_start_matches("# ")),
        }
    }

    fn read(path: &Path) -> Result<Self, String> {
        let mut text = String::new();
        let unreadable =
            |error| format!("names a file that cannot be read: {error}; give the path of a price table");
        let size = File::open(path)
            .and_then(|file| file.take(LARGEST_FILE + 1).read_to_string(&mut text))
            .map_err(unreadable)?;
        if size as u64 > LARGEST_FILE {
            return Err(format!(
                "names a file of more than {LARGEST_FILE} bytes; leave out models"
            ));
        }
        for (number, line) in table::lines(&text) {
            if line.and_then(|line| Price::parse(line.cells)).is_none() {
                return Err(format!(
                    "names a file whose line {number} is not a price; write provider/model, then the prices of input and output in \
                     USD for a million tokens, with tabs between"
                ));
            }
        }
        let mut hasher = Hasher::default();
        hasher.update(text.as_bytes());
        let hash = hasher.finish();
        Ok(Self {
            source: format!("{FILE} sha256:{hash}"),
            text: Cow::Owned(text),
        })
    }

    /// The origin of the prices: LiteLLM's version and date, or the file's hash.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// The prices of a model at a service.
    pub(crate) fn find(&self, prefix: &str, model: &str) -> Option<Price> {
        let line = table::find(&self.text, prefix, &names::candidates(prefix, model))?;
        Price::parse(line.cells)
    }
}

impl Price {
    fn parse(cells: &str) -> Option<Self> {
        let is_number = |cell: &&str| !cell.starts_with(table::FACTS) && !cell.contains('=');
        let limit = cells
            .split('\t')
            .find_map(|cell| cell.strip_prefix('>')?.split_once("k="));
        let limit = limit.and_then(|(limit, _)| limit.parse::<f64>().ok());
        let mut cells = cells.split('\t').filter(is_number);
        let mut number = || match cells.next().unwrap_or_default() {
            "" => Some(None),
            cell => {
                let number: f64 = cell.parse().ok()?;
                (number.is_finite() && number >= 0.0).then_some(Some(number))
            }
        };
        let price = Self {
            input: number()??,
            output: number()??,
            cached: number()?,
            written: number()?,
            up_to: number()?
                .or(limit.map(|limit| limit * 1000.0))
                .unwrap_or(f64::INFINITY),
        };
        cells.next().is_none().then_some(price)
    }

    /// The cost of these tokens in USD, rounded to 12 decimal places; `None` if the table does not determine it.
    pub(crate) fn cost(&self, usage: &Usage) -> Option<f64> {
        let is_other = |(name, count): (&String, &f64)| {
            *count > 0.0 && OTHER_PRICES.iter().any(|what| name.contains(what))
        };
        let prompt = usage.count("prompt_tokens");
        if usage.counts.iter().any(is_other) || usage.counts.values().any(|n| *n < 0.0) || prompt > self.up_to
        {
            return None;
        }
        let cached = usage
            .count("prompt_tokens_details.cached_tokens")
            .max(usage.count("prompt_cache_hit_tokens"));
        let written = usage
            .count("prompt_tokens_details.cache_write_tokens")
            .max(usage.count("prompt_tokens_details.cache_creation_tokens"))
            .max(usage.count("cache_creation_input_tokens"));
        let plain = prompt - cached - written;
        if plain < 0.0 {
            return None;
        }
        let parts = [
            (plain, Some(self.input)),
            (cached, self.cached),
            (written, self.written),
            (output(usage)?, Some(self.output)),
        ];
        let mut micros = 0.0;
        for (tokens, price) in parts {
            if tokens > 0.0 {
                micros += tokens * price?;
            }
        }
        positive((micros * 1e6).round() / 1e12)
    }
}

/// The tokens that are charged as output. Some services count reasoning only in the total.
fn output(usage: &Usage) -> Option<f64> {
    let [prompt, completion] =
        ["prompt_tokens", "completion_tokens"].map(|name| usage.counts.get(name).copied());
    let (prompt, completion) = (prompt?, completion?);
    let total = usage.counts.get("total_tokens").copied();
    let extra = total.unwrap_or(prompt + completion) - prompt - completion;
    let reasoning = usage.count("completion_tokens_details.reasoning_tokens");
    (extra == 0.0 || extra == reasoning).then_some(completion + extra)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use serde_json::value::to_raw_value;

    use super::*;

    #[test]
    fn models_are_found_by_their_whole_name() {
        let prices = Prices::built_in();
        let price = prices.find("openai", "gpt-4o-mini").unwrap();
        let figures = (price.input, price.output, price.cached);
        assert_eq!(figures, (0.15, 0.6, Some(0.075)));
        assert!(prices.find("openai", "gpt-4o-min").is_none());
        assert!(prices.find("hosted_vllm", "gpt-4o-mini").is_none());
        assert!(prices.find("openai/gpt-4o-mini", "").is_none());
    }

    #[test]
    fn each_token_costs_the_price_of_its_kind() {
        let price = Price::parse("2\t10\t0.5\t\t1000").unwrap();
        let cost = |mut usage: serde_json::Value, prompt: u64| {
            usage["prompt_tokens"] = prompt.into();
            price.cost(&Usage::parse(&to_raw_value(&usage).unwrap()))
        };
        let details =
            |name: &str, count: u64| json!({"completion_tokens": 10, "prompt_tokens_details": {name: count}});
        let reasoning = |total: u64, count: u64| json!({"completion_tokens": 10, "total_tokens": total, "completion_tokens_details": {"reasoning_tokens": count}});
        for (usage, expected) in [
            (json!({"completion_tokens": 10}), Some(0.0003)),
            (
                json!({"completion_tokens": 10, "total_tokens": 110}),
                Some(0.0003),
            ),
            (details("cached_tokens", 40), Some(0.00024)),
            (
                json!({"completion_tokens": 10, "prompt_cache_hit_tokens": 40}),
                Some(0.00024),
            ),
            // the total has tokens of an unknown kind
            (json!({"completion_tokens": 10, "total_tokens": 150}), None),
            (reasoning(150, 40), Some(0.0007)),
            (reasoning(110, 4), Some(0.0003)),
            // kinds without a price
            (details("cache_write_tokens", 1), None),
            (details("audio_tokens", 1), None),
            (json!({"completion_tokens": 10, "num_search_queries": 1}), None),
            (details("cached_tokens", 101), None),
            (json!({"completion_tokens": -1}), None),
            (json!({}), None),
        ] {
            assert_eq!(cost(usage.clone(), 100), expected, "{usage}");
        }
        assert_eq!(cost(json!({"completion_tokens": 0}), 7), Some(0.000014));
        assert_eq!(cost(json!({"completion_tokens": 10}), 1001), None);
        assert_eq!(cost(json!({"completion_tokens": 0}), 0), None);
        assert_eq!(price.cost(&Usage::default()), None);
    }

    #[test]
    fn wrong_lines_are_refused() {
        for line in [
            "",
            "1",
            "1\t",
            "1\tx",
            "1\t-2",
            "1\tNaN",
            "1 2",
            "1\t2\t3\t4\t5\t6",
        ] {
            assert_eq!(Price::parse(line), None, "{line}");
        }
        assert!(Price::parse("1\t2\t\t\t5").is_some());
    }
}
