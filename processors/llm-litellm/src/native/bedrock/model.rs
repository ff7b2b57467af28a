//! The model that a name stands for: <https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html>.

use crate::aws::region;
use crate::models::{self, Fact, ModelFacts};

/// LiteLLM's hints for models that are named by an ARN.
const HINTS: [&str; 2] = ["nova-2/", "nova/"];

/// Models that take tools, whether or not the table says so
/// (<https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-supported-models-features.html>).
const WITH_TOOLS: [&str; 8] = [
    "anthropic.",
    "mistral.",
    "cohere.",
    "meta.llama3-1",
    "meta.llama3-2",
    "meta.llama3-3",
    "meta.llama4",
    "amazon.nova",
];

/// How a model is told to think, and what else depends on its maker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Claude,
    Nova,
    /// Nova since version 2, which thinks.
    Nova2,
    /// GPT, which has its efforts in an object.
    Gpt,
    /// Models that take an effort as it is; also those whose name says nothing.
    Effort,
    Other,
}

/// A model.
#[derive(Clone, Copy, Debug)]
pub(super) struct Model<'a> {
    /// Its id or ARN at Bedrock.
    pub(super) id: &'a str,
    pub(super) family: Family,
    facts: Option<ModelFacts>,
}

impl<'a> Model<'a> {
    pub(super) fn new(name: &'a str) -> Self {
        let name = region::without_api(name);
        let name = region::split(name).map_or(name, |(_, rest)| rest);
        let hint = HINTS.iter().find(|hint| name.starts_with(**hint));
        let id = hint.and_then(|hint| name.strip_prefix(hint)).unwrap_or(name);
        Self {
            id,
            family: family(name),
            facts: models::find("bedrock", name),
        }
    }

    pub(super) fn is_claude(&self) -> bool {
        self.family == Family::Claude
    }

    /// Whether anything is known of it.
    pub(super) fn is_known(&self) -> bool {
        self.facts.is_some()
    }

    /// Whether it may take tools.
    pub(super) fn may_have_tools(&self) -> bool {
        !self.lacks(Fact::Functions) || WITH_TOOLS.iter().any(|maker| self.id.contains(maker))
    }

    /// Whether a fact is known to hold.
    pub(super) fn has(&self, fact: Fact) -> bool {
        self.facts.is_some_and(|facts| facts.has(fact))
    }

    /// Whether a fact is known not to hold.
    pub(super) fn lacks(&self, fact: Fact) -> bool {
        self.facts.is_some_and(|facts| !facts.has(fact))
    }
}

fn family(name: &str) -> Family {
    let has = |part: &str| name.contains(part);
    if has("anthropic.") || has("claude") {
        Family::Claude
    } else if has("nova-2-") || has("nova-2/") {
        Family::Nova2
    } else if has("amazon.nova") || name.starts_with("nova/") {
        Family::Nova
    } else if has("gpt-oss") || has("deepseek") {
        Family::Effort
    } else if has("openai.gpt-") {
        Family::Gpt
    } else if has("arn:") {
        Family::Effort
    } else {
        Family::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_ids_and_families() {
        for (name, id, family) in [
            ("anthropic.claude-v2", "anthropic.claude-v2", Family::Claude),
            (
                "converse/eu-west-1/eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
                "eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
                Family::Claude,
            ),
            ("us.amazon.nova-pro-v1:0", "us.amazon.nova-pro-v1:0", Family::Nova),
            (
                "us.amazon.nova-2-lite-v1:0",
                "us.amazon.nova-2-lite-v1:0",
                Family::Nova2,
            ),
            (
                "nova/arn:aws:bedrock:us-east-1:1:x",
                "arn:aws:bedrock:us-east-1:1:x",
                Family::Nova,
            ),
            (
                "openai.gpt-oss-120b-1:0",
                "openai.gpt-oss-120b-1:0",
                Family::Effort,
            ),
            ("openai.gpt-5", "openai.gpt-5", Family::Gpt),
            (
                "meta.llama3-8b-instruct-v1:0",
                "meta.llama3-8b-instruct-v1:0",
                Family::Other,
            ),
            ("é", "é", Family::Other),
        ] {
            let model = Model::new(name);
            assert_eq!((model.id, model.family), (id, family), "{name}");
        }
    }
}
