//! What is known of a model before it is asked: facts of the [table of prices](crate::prices), made from LiteLLM's.
#![allow(
    dead_code,
    reason = "a fact is kept for each model whether or not a route asks for it"
)]

use std::cell::RefCell;
use std::collections::HashMap;

use crate::prices::table::FACTS;
use crate::prices::{BUILT_IN, names, table};

/// What a model is known to be, or to be capable of. A fact that is missing may be false or unknown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fact {
    /// Only the Responses API serves it.
    ResponsesOnly,
    ResponseSchema,
    NoResponseSchema,
    /// Claude: structured output without a tool.
    NativeStructuredOutput,
    Functions,
    /// Claude: `tool_choice` may only be `auto` or `none`.
    NoForcedToolUse,
    Reasoning,
    /// Claude: thinks as much as it wants (`thinking.type: adaptive`).
    AdaptiveThinking,
    /// Claude: takes a budget although its thinking is adaptive.
    LegacyThinking,
    /// Claude: thinking cannot be disabled.
    AlwaysThinks,
    /// An effort of `max`.
    MaxEffort,
    /// An effort of `xhigh`.
    XhighEffort,
    /// Refuses `temperature`, `top_p` and `top_k`.
    NoSampling,
    Vision,
    Pdf,
    Audio,
    WebSearch,
    PromptCaching,
}

const LETTERS: [(char, Fact); 18] = [
    ('r', Fact::ResponsesOnly),
    ('s', Fact::ResponseSchema),
    ('x', Fact::NoResponseSchema),
    ('n', Fact::NativeStructuredOutput),
    ('f', Fact::Functions),
    ('g', Fact::NoForcedToolUse),
    ('t', Fact::Reasoning),
    ('d', Fact::AdaptiveThinking),
    ('l', Fact::LegacyThinking),
    ('o', Fact::AlwaysThinks),
    ('m', Fact::MaxEffort),
    ('h', Fact::XhighEffort),
    ('k', Fact::NoSampling),
    ('v', Fact::Vision),
    ('p', Fact::Pdf),
    ('a', Fact::Audio),
    ('w', Fact::WebSearch),
    ('c', Fact::PromptCaching),
];

/// The facts of a model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ModelFacts {
    letters: &'static str,
    /// The most tokens that an answer may have.
    pub(crate) max_output_tokens: Option<u64>,
}

impl ModelFacts {
    /// Whether a fact is known to hold.
    pub(crate) fn has(&self, fact: Fact) -> bool {
        let is_known = |letter: char| LETTERS.contains(&(letter, fact));
        self.letters.contains(is_known)
    }

    /// Whether the model knows `response_format` with a schema; `None` if that is unknown.
    pub(crate) fn supports_response_schema(&self) -> Option<bool> {
        if self.has(Fact::ResponseSchema) {
            return Some(true);
        }
        self.has(Fact::NoResponseSchema).then_some(false)
    }

    fn parse(cell: &'static str) -> Option<Self> {
        let cell = cell.strip_prefix(FACTS)?;
        let end = cell.find(|c: char| c.is_ascii_digit()).unwrap_or(cell.len());
        let (letters, most) = cell.split_at_checked(end)?;
        let (digits, unit) = most.strip_suffix('k').map_or((most, 1), |digits| (digits, 1000));
        let max_output_tokens = digits.parse().ok().map(|number: u64| number * unit);
        Some(Self {
            letters,
            max_output_tokens,
        })
    }
}

/// How many answers of the table are kept.
const MOST: usize = 1000;

thread_local! {
    /// What was found before: an estimate of many runs asks again and again.
    static FOUND: RefCell<HashMap<(String, String), Option<ModelFacts>>> = RefCell::default();
}

/// The facts of a model at the service of a prefix, by its name there; `None` if the table lacks it.
pub(crate) fn find(prefix: &str, model: &str) -> Option<ModelFacts> {
    FOUND.with_borrow_mut(|found| {
        if found.len() >= MOST {
            found.clear();
        }
        let known = found.entry((prefix.to_owned(), model.to_owned()));
        *known.or_insert_with(|| look_up(prefix, model))
    })
}

fn look_up(prefix: &str, model: &str) -> Option<ModelFacts> {
    let line = table::find(
        BUILT_IN,
        names::table_prefix(prefix),
        &names::candidates(prefix, model),
    )?;
    let mut cells = line.cells.split('\t');
    let facts = cells.find_map(ModelFacts::parse);
    Some(facts.unwrap_or(ModelFacts {
        letters: "",
        max_output_tokens: None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_of_models() {
        let facts = find("openai", "gpt-4o-2024-08-06").unwrap();
        assert_eq!(facts.max_output_tokens, Some(16384));
        assert_eq!(facts.supports_response_schema(), Some(true));
        assert!(facts.has(Fact::Vision) && facts.has(Fact::Functions));
        assert!(!facts.has(Fact::ResponsesOnly) && !facts.has(Fact::Reasoning));
        assert!(find("openai", "o1-pro").unwrap().has(Fact::ResponsesOnly));
        assert!(find("openai", "responses/o1-pro").unwrap().has(Fact::Reasoning));
        let claude = find("anthropic", "claude-opus-4-6").unwrap();
        assert_eq!(claude.max_output_tokens, Some(128_000));
        assert!(claude.has(Fact::AdaptiveThinking) && claude.has(Fact::LegacyThinking));
        assert_eq!(find("groq", "no-such-model"), None);
        assert_eq!(find("hosted_vllm", "gpt-4o"), None);
    }

    #[test]
    fn every_line_has_known_letters() {
        for (number, line) in table::lines(BUILT_IN) {
            let line = line.unwrap();
            let Some(facts) = line.cells.split('\t').find_map(ModelFacts::parse) else {
                continue;
            };
            let is_known = |letter: char| LETTERS.iter().any(|(known, _)| *known == letter);
            assert!(facts.letters.chars().all(is_known), "{number}: {}", line.cells);
            assert_ne!(facts.max_output_tokens, Some(0), "{number}");
        }
    }
}
