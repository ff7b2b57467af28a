//! What a Claude model can do: <https://platform.claude.com/docs/en/about-claude/models/overview>.

use super::service::Service;
use crate::models::{self, Fact, ModelFacts};

/// A model. What the table of models does not know of it follows from its version.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Claude {
    facts: Option<ModelFacts>,
    /// `(4, 5)` for Claude 4.5; `None` if the name has no version.
    version: Option<(u32, u32)>,
    is_opus: bool,
    /// Models of the families Fable and Mythos.
    is_largest: bool,
    service: Service,
}

/// How a model thinks: <https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thinking {
    /// As many tokens as the caller allows.
    Budget,
    /// As much as it needs; takes a budget, too.
    AdaptiveOrBudget,
    /// As much as it needs.
    Adaptive,
}

impl Claude {
    pub(super) fn new(model: &str, service: Service) -> Self {
        Self {
            facts: models::find(service.prefix(), model),
            version: version(model),
            is_opus: model.contains("opus"),
            is_largest: model.contains("fable") || model.contains("mythos"),
            service,
        }
    }

    /// What the table says, else whether the model is of this version or a later one.
    fn has(self, fact: Fact, since: (u32, u32)) -> bool {
        self.facts.map_or(self.is_since(since), |facts| facts.has(fact))
    }

    fn is_since(self, version: (u32, u32)) -> bool {
        self.is_largest || self.version.is_some_and(|own| own >= version)
    }

    /// Whether the table says so; where it does not know the model, the service judges.
    fn is_known_for(self, fact: Fact) -> bool {
        self.facts.is_some_and(|facts| facts.has(fact))
    }

    pub(super) fn thinking(self) -> Thinking {
        if !self.has(Fact::AdaptiveThinking, (4, 6)) {
            Thinking::Budget
        } else if self.is_known_for(Fact::LegacyThinking) || self.version == Some((4, 6)) {
            Thinking::AdaptiveOrBudget
        } else {
            Thinking::Adaptive
        }
    }

    /// Whether it can think at all; a model of an unknown version may.
    pub(super) fn can_think(self) -> bool {
        self.version.is_none() || self.has(Fact::Reasoning, (3, 7))
    }

    /// Whether it thinks unless that is disabled.
    pub(super) fn thinks_by_default(self) -> bool {
        self.is_since((5, 0))
    }

    /// Whether thinking cannot be disabled.
    pub(super) fn always_thinks(self) -> bool {
        self.is_largest || self.is_known_for(Fact::AlwaysThinks)
    }

    /// Whether it takes an effort of `xhigh` or `max`; all that have an effort take the others
    /// (<https://platform.claude.com/docs/en/build-with-claude/effort>).
    pub(super) fn takes_effort(self, effort: &str) -> bool {
        match effort {
            "xhigh" => self.has(Fact::XhighEffort, (4, 7)),
            "max" => self.has(Fact::MaxEffort, (4, 6)),
            _ => true,
        }
    }

    /// Whether it takes `temperature` (other than 1), `top_p` and `top_k`.
    pub(super) fn takes_sampling(self) -> bool {
        !self.is_known_for(Fact::NoSampling)
    }

    /// Whether it can be made to call a tool.
    pub(super) fn takes_forced_tools(self) -> bool {
        !self.is_known_for(Fact::NoForcedToolUse)
    }

    /// Whether it knows structured outputs: <https://platform.claude.com/docs/en/build-with-claude/structured-outputs>.
    pub(super) fn has_structured_outputs(self) -> bool {
        self.has(Fact::NativeStructuredOutput, (4, 5))
    }

    /// Whether a conversation may have system messages after the first:
    /// <https://platform.claude.com/docs/en/build-with-claude/mid-conversation-system-messages>.
    pub(super) fn takes_later_system(self) -> bool {
        self.service == Service::Anthropic && self.version.is_some_and(|version| version >= (4, 8))
    }

    /// The most tokens of an answer.
    pub(super) fn max_output_tokens(self) -> u64 {
        let known = self.facts.and_then(|facts| facts.max_output_tokens);
        known.unwrap_or(match self.version {
            Some((..3, _) | (3, 0..5)) => 4096,
            Some((3, 5..7)) => 8192,
            Some((4, 0..2)) if self.is_opus => 32_000,
            Some(version) if version < (4, 6) => 64_000,
            _ => 128_000,
        })
    }
}

/// `claude-3-7-sonnet-latest`, `claude-opus-4-5-20251101`, `claude-sonnet-4@20250514`, `claude-haiku-4.5`.
fn version(model: &str) -> Option<(u32, u32)> {
    let (_, name) = model.rsplit_once("claude-")?;
    let number = |part: &str| part.parse().ok().filter(|_| part.len() <= 2);
    let mut parts = name
        .split(['-', '_', '.', '@'])
        .skip_while(|part| number(part).is_none());
    let major = number(parts.next()?)?;
    Some((major, parts.next().and_then(number).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_versions() {
        for (name, expected) in [
            ("claude-2.1", Some((2, 1))),
            ("claude-3-haiku-20240307", Some((3, 0))),
            ("claude-3-7-sonnet-latest", Some((3, 7))),
            ("claude-sonnet-4-20250514", Some((4, 0))),
            ("claude-sonnet-4@20250514", Some((4, 0))),
            ("claude-opus-4-5-20251101", Some((4, 5))),
            ("us.anthropic.claude-haiku-4.5-v1:0", Some((4, 5))),
            ("claude-opus-5", Some((5, 0))),
            ("claude-mythos-preview", None),
            ("my-model-4-5", None),
            ("claude-é", None),
        ] {
            assert_eq!(version(name), expected, "{name}");
        }
    }

    #[test]
    fn versions_have_abilities() {
        use Thinking::{Adaptive, AdaptiveOrBudget, Budget};
        #[rustfmt::skip]
        let cases = [
            // name, thinking, by default, always, xhigh, sampling, forced tools, structured, later system, tokens
            ("m",                   Budget,           [false, false, false, true,  true,  false, false], 128_000),
            ("claude-3-5-sonnet",   Budget,           [false, false, false, true,  true,  false, false], 8192),
            ("claude-opus-4-1",     Budget,           [false, false, false, true,  true,  false, false], 32_000),
            ("claude-sonnet-4-5",   Budget,           [false, false, false, true,  true,  true,  false], 64_000),
            ("claude-sonnet-4-6-20260219", AdaptiveOrBudget, [false, false, false, true, true, true, false], 128_000),
            ("claude-opus-6",       Adaptive,         [true,  false, true,  true,  true,  true,  true],  128_000),
            ("claude-opus-4-6",     AdaptiveOrBudget, [false, false, false, true,  true,  true,  false], 128_000),
            ("claude-opus-4-7",     Adaptive,         [false, false, true,  false, true,  true,  false], 128_000),
            ("claude-opus-4-8",     Adaptive,         [false, false, true,  false, true,  true,  true],  128_000),
            ("claude-sonnet-5",     Adaptive,         [true,  false, true,  false, true,  true,  true],  128_000),
            ("claude-haiku-5-5",    Adaptive,         [true,  false, true,  false, true,  true,  true],  128_000),
            ("claude-opus-5-5",     Adaptive,         [true,  true,  true,  false, false, true,  true],  128_000),
            ("claude-fable-5",      Adaptive,         [true,  true,  true,  false, true,  true,  true],  128_000),
            ("claude-mythos-5-1",   Adaptive,         [true,  true,  true,  false, false, true,  true],  128_000),
            ("claude-mythos-preview", Adaptive,       [true,  true,  true,  false, true,  true,  false], 128_000),
        ];
        for (name, thinking, abilities, tokens) in cases {
            let model = Claude::new(name, Service::Anthropic);
            assert_eq!(model.thinking(), thinking, "{name}");
            let found = [
                model.thinks_by_default(),
                model.always_thinks(),
                model.takes_effort("xhigh"),
                model.takes_sampling(),
                model.takes_forced_tools(),
                model.has_structured_outputs(),
                model.takes_later_system(),
            ];
            assert_eq!(found, abilities, "{name}");
            assert_eq!(model.max_output_tokens(), tokens, "{name}");
        }
        assert!(!Claude::new("claude-3-5-sonnet", Service::Anthropic).can_think());
        assert!(!Claude::new("claude-sonnet-4-5", Service::Anthropic).takes_effort("max"));
    }

    #[test]
    fn vertex_knows_the_same_models() {
        let model = Claude::new("claude-opus-4-5@20251101", Service::Vertex);
        assert_eq!(model.thinking(), Thinking::Budget);
        assert_eq!(model.max_output_tokens(), 64_000);
        assert!(!Claude::new("claude-opus-5@default", Service::Vertex).takes_later_system());
    }
}
