//! The model that a name stands for: <https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html>.

use crate::aws::region;
use crate::models::{self, Fact, ModelFacts};

/// LiteLLM's hints for models that are named by an ARN.
const HINTS: [&str; 8] = [
    "nova-2/",
    "nova/",
    "llama/",
    "deepseek_r1/",
    "qwen2/",
    "qwen3/",
    "moonshot/",
    "openai/",
];

/// LiteLLM's names for other APIs, whose requests and answers are not those of Converse.
const OTHER_APIS: [&str; 7] = [
    "agent/",
    "agentcore/",
    "async_invoke/",
    "chat_completions/",
    "claude_platform/",
    "converse_like/",
    "mantle/",
];

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

/// Models of Claude that refuse a tool which says whether it is strict, by LiteLLM's table.
const WITHOUT_STRICT_TOOLS: [&str; 6] = [
    "claude-haiku-5",
    "claude-opus-4-7",
    "claude-opus-4-8",
    "claude-opus-5",
    "claude-sonnet-4-2",
    "claude-sonnet-5",
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
    /// Whether the name says nothing of the model.
    is_opaque: bool,
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
            is_opaque: is_opaque(name),
            facts: models::find("bedrock", name),
        }
    }

    /// LiteLLM's name for another API than Converse, if the name begins with one.
    pub(super) fn other_api(name: &str) -> Option<&'static str> {
        let name = region::without_api(name);
        OTHER_APIS.into_iter().find(|api| name.starts_with(api))
    }

    pub(super) fn is_claude(&self) -> bool {
        self.family == Family::Claude
    }

    /// Whether it is Claude, or its name does not say.
    pub(super) fn may_be_claude(&self) -> bool {
        self.is_claude() || self.is_opaque
    }

    /// Whether a result may have images (<https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolResultContentBlock.html>).
    pub(super) fn takes_images_in_results(&self) -> bool {
        self.family != Family::Gpt
    }

    /// Whether marks for caching may be sent. Those that cache by themselves refuse them.
    pub(super) fn may_cache(&self) -> bool {
        let caches_by_itself = ["openai.", "kimi-k3"].iter().any(|maker| self.id.contains(maker));
        !caches_by_itself && !self.lacks(Fact::PromptCaching)
    }

    /// Whether the model can be made to call a tool.
    pub(super) fn takes_forced_tools(&self, is_thinking: bool) -> bool {
        let is_thinking = is_thinking && self.is_claude();
        !is_thinking && !self.has(Fact::NoForcedToolUse)
    }

    /// Whether the model knows formats of answers. AWS GovCloud has none for models that cannot be made to call a tool.
    pub(super) fn has_formats(&self) -> bool {
        self.has(Fact::NativeStructuredOutput)
            || self.has(Fact::NoForcedToolUse) && !self.id.starts_with("us-gov.")
    }

    /// Whether a tool may say whether it is strict (<https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html>).
    pub(super) fn takes_strict_tools(&self) -> bool {
        self.is_claude() && !WITHOUT_STRICT_TOOLS.iter().any(|name| self.id.contains(name))
    }

    /// Whether a mark for caching may have a time: for Claude since 4.5
    /// (<https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html>).
    pub(super) fn takes_cache_time(&self) -> bool {
        self.is_claude() && (self.has(Fact::NativeStructuredOutput) || self.has(Fact::AdaptiveThinking))
    }

    /// Whether the model refuses to be told where to stop: Grok, and GPT since 5.6, by LiteLLM's tests.
    pub(super) fn lacks_stop(&self) -> bool {
        self.is_grok() || self.gpt_version().is_some_and(|version| version >= (5, 6))
    }

    /// The fewest tokens that an answer may be limited to, by LiteLLM's tests.
    pub(super) fn fewest_tokens(&self) -> u64 {
        let is_openai_like =
            self.is_grok() || self.gpt_version().is_some() || self.id.contains("moonshotai.kimi-k3");
        if is_openai_like { 16 } else { 1 }
    }

    fn is_grok(&self) -> bool {
        self.id.contains("xai.grok-")
    }

    /// `(5, 6)` for `us.openai.gpt-5.6-sol`.
    fn gpt_version(&self) -> Option<(u64, u64)> {
        let (_, name) = self.id.split_once("openai.gpt-")?;
        let version = name.split(['-', ':']).next()?;
        let (major, minor) = version.split_once('.').unwrap_or((version, "0"));
        Some((major.parse().ok()?, minor.parse().ok()?))
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

/// Whether it is an ARN that names no model.
fn is_opaque(name: &str) -> bool {
    let makers = [
        "anthropic.",
        "claude",
        "nova",
        "gpt-oss",
        "deepseek",
        "openai.gpt-",
    ];
    name.contains("arn:") && !makers.iter().any(|maker| name.contains(maker))
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
    } else if is_opaque(name) {
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
