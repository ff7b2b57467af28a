//! The price table: what the tokens of common models cost.
//!
//! `prices/prices.tsv` is a part of the binary and made by `prices/rebuild`. `LLM_PRICES_FILE` names another one, of the same form:
//! a line for each model, with tabs between its name as in `/model`, always with its prefix; the USD for a million tokens of input, output,
//! cached input read, and cached input written; and above how many tokens of input these prices do not hold. What stands empty at a
//! line's end may be left out; `#` begins a comment.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use runtime::{Config, ErrorCode, Hasher, ProcessorError};

use crate::usage::{Usage, known};

/// Looked into only when an answer's cost is not known otherwise.
const BUILT_IN: &str = include_str!("../prices/prices.tsv");
const FILE: &str = "LLM_PRICES_FILE";
const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// Counts of tokens that have prices of their own, or fees, which the table does not know.
const ELSEWISE: [&str; 3] = ["audio", "image", "search"];

/// A table, as text.
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
    /// How many tokens of input they hold for.
    up_to: f64,
}

impl Prices {
    /// That of the file that `LLM_PRICES_FILE` names, or the built-in one.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE` that names the variable, and the line where the file is no table.
    pub(crate) fn of(config: &Config) -> Result<Self, ProcessorError> {
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
        for (number, line) in (1..).zip(text.lines()) {
            if !is_comment(line) && row(line).is_none() {
                return Err(format!(
                    "names a file whose line {number} is none of a price table; write provider/model, then the prices of input and output in \
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

    /// Where its figures are from, and of which date or content.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// The prices of a service's model.
    pub(crate) fn find(&self, prefix: &str, model: &str) -> Option<Price> {
        let lines = self.text.lines().filter(|line| !is_comment(line));
        lines
            .filter_map(|line| {
                let name = line.split('\t').next()?.split_once('/')?;
                (name == (prefix, model)).then(|| row(line))?
            })
            .next()
    }
}

impl Price {
    /// What these tokens cost, to a millionth of a millionth; `None` where it cannot be told.
    pub(crate) fn of(&self, usage: &Usage) -> Option<f64> {
        let is_other =
            |(name, count): (&String, &f64)| *count > 0.0 && ELSEWISE.iter().any(|what| name.contains(what));
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
        known((micros * 1e6).round() / 1e12)
    }
}

/// The tokens that are paid as output. Some services count those of reasoning in the total alone.
fn output(usage: &Usage) -> Option<f64> {
    let [prompt, completion] =
        ["prompt_tokens", "completion_tokens"].map(|name| usage.counts.get(name).copied());
    let (prompt, completion) = (prompt?, completion?);
    let total = usage
        .counts
        .get("total_tokens")
        .copied()
        .unwrap_or(prompt + completion);
    let more = total - prompt - completion;
    match more {
        0.0 => Some(completion),
        _ if more == usage.count("completion_tokens_details.reasoning_tokens") => Some(completion + more),
        _ => None,
    }
}

fn is_comment(line: &str) -> bool {
    line.trim().is_empty() || line.starts_with('#')
}

fn row(line: &str) -> Option<Price> {
    let mut cells = line.trim_end().split('\t');
    let (prefix, model) = cells.next()?.split_once('/')?;
    let mut number = || match cells.next().unwrap_or_default() {
        "" => Some(None),
        text => {
            let number: f64 = text.parse().ok()?;
            (number.is_finite() && number >= 0.0).then_some(Some(number))
        }
    };
    let (input, output, cached, written, up_to) = (number()??, number()??, number()?, number()?, number()?);
    (cells.next().is_none() && !prefix.is_empty() && !model.is_empty()).then_some(Price {
        input,
        output,
        cached,
        written,
        up_to: up_to.unwrap_or(f64::INFINITY),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use serde_json::value::to_raw_value;

    use super::*;
    use crate::routes::ROUTES;

    fn cost(price: &Price, usage: serde_json::Value) -> Option<f64> {
        price.of(&Usage::of(&to_raw_value(&usage).unwrap()))
    }

    #[test]
    fn every_line_of_the_built_in_table_is_one() {
        let lines: Vec<_> = BUILT_IN.lines().filter(|line| !is_comment(line)).collect();
        assert!(lines.len() > 500);
        let names: Vec<_> = lines
            .iter()
            .map(|line| line.split('\t').next().unwrap())
            .collect();
        assert!(names.is_sorted_by(|a, b| a < b));
        for line in lines {
            let price = row(line).unwrap_or_else(|| panic!("{line}"));
            assert!(price.input > 0.0 && price.output > 0.0, "{line}");
            let prefix = line.split('/').next().unwrap();
            assert!(ROUTES.iter().any(|route| route.prefix == prefix), "{line}");
        }
        let source = Prices::built_in().source;
        assert!(source.starts_with("price table of LiteLLM 1."), "{source}");
        assert_eq!(
            source.rsplit(", ").next().unwrap().len(),
            "2026-10-21".len(),
            "{source}"
        );
    }

    #[test]
    fn models_are_found_by_their_whole_name() {
        let prices = Prices::built_in();
        let price = prices.find("openai", "gpt-4o-mini").unwrap();
        assert_eq!(
            (price.input, price.output, price.cached),
            (0.15, 0.6, Some(0.075))
        );
        assert!(prices.find("openai", "gpt-4o-min").is_none());
        assert!(prices.find("hosted_vllm", "gpt-4o-mini").is_none());
        assert!(prices.find("openai/gpt-4o-mini", "").is_none());
    }

    #[test]
    fn tokens_cost_what_their_kind_costs() {
        let price = row("a/b\t2\t10\t0.5\t\t1000").unwrap();
        for (usage, expected) in [
            (
                json!({"prompt_tokens": 100, "completion_tokens": 10}),
                Some(0.0003),
            ),
            (
                json!({"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}),
                Some(0.0003),
            ),
            (
                json!({"prompt_tokens": 7, "completion_tokens": 0}),
                Some(0.000014),
            ),
            (
                json!({"prompt_tokens": 100, "completion_tokens": 10, "prompt_tokens_details": {"cached_tokens": 40}}),
                Some(0.00024),
            ),
            (
                json!({"prompt_tokens": 100, "completion_tokens": 10, "prompt_cache_hit_tokens": 40}),
                Some(0.00024),
            ),
            // more than the total says, and nobody says what it is
            (
                json!({"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 150}),
                None,
            ),
            (
                json!({"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 150, "completion_tokens_details": {"reasoning_tokens": 40}}),
                Some(0.0007),
            ),
            (
                json!({"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110, "completion_tokens_details": {"reasoning_tokens": 4}}),
                Some(0.0003),
            ),
            // no price for these
            (
                json!({"prompt_tokens": 100, "completion_tokens": 10, "prompt_tokens_details": {"cache_write_tokens": 1}}),
                None,
            ),
            (
                json!({"prompt_tokens": 100, "completion_tokens": 10, "prompt_tokens_details": {"audio_tokens": 1}}),
                None,
            ),
            (
                json!({"prompt_tokens": 100, "completion_tokens": 10, "num_search_queries": 1}),
                None,
            ),
            (json!({"prompt_tokens": 1001, "completion_tokens": 10}), None),
            (
                json!({"prompt_tokens": 10, "completion_tokens": 10, "prompt_tokens_details": {"cached_tokens": 40}}),
                None,
            ),
            (json!({"prompt_tokens": 10, "completion_tokens": -1}), None),
            (json!({"prompt_tokens": 10}), None),
            (json!({"prompt_tokens": 0, "completion_tokens": 0}), None),
            (json!({}), None),
        ] {
            assert_eq!(cost(&price, usage.clone()), expected, "{usage}");
        }
    }

    #[test]
    fn what_is_no_line_is_refused() {
        for line in [
            "a",
            "a/b",
            "a/b\t1",
            "a/b\t1\t",
            "a/b\t1\tx",
            "a/b\t1\t-2",
            "a/b\t1\tNaN",
            "ab\t1\t2",
            "a/\t1\t2",
            "a/b 1 2",
            "a/b\t1\t2\t3\t4\t5\t6",
        ] {
            assert_eq!(row(line), None, "{line}");
        }
        assert!(row("a/b/c\t1\t2\t\t\t5").is_some());
    }
}
