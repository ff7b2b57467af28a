//! Whose models have names that are known without a provider. OpenAI gets only its own.

use runtime::{ErrorCode, ProcessorError};

use crate::prices::names::PROFILES;

/// The beginnings of names, in lower case, whose they are, and where they are served.
#[rustfmt::skip]
const MAKERS: &[(&[&str], &str, &str)] = &[
    (&["claude-", "claude3", "claude4"],                                                       "Anthropic",  "anthropic"),
    (&["gemini-", "gemma-", "learnlm-"],                                                       "Google",     "gemini"),
    (&["mistral-", "mixtral-", "ministral-", "magistral-", "devstral-", "pixtral-", "voxtral-", "codestral-", "open-mistral-",
       "open-mixtral-"],                                                                       "Mistral",    "mistral"),
    (&["deepseek-"],                                                                           "DeepSeek",   "deepseek"),
    (&["grok-"],                                                                               "xAI",        "xai"),
    (&["sonar", "r1-1776"],                                                                    "Perplexity", "perplexity"),
    (&["kimi-", "moonshot-"],                                                                  "Moonshot",   "moonshot"),
    (&["qwen", "qwq-", "qvq-"],                                                                "Alibaba",    "dashscope"),
    (&["glm-"],                                                                                "Z.AI",       "zai"),
    (&["minimax-"],                                                                            "MiniMax",    "minimax"),
    (&["doubao-"],                                                                             "ByteDance",  "volcengine"),
    (&["medlm-", "text-bison", "text-unicorn", "chat-bison", "deep-research-p"],               "Google",     "vertex_ai"),
    (&["command-", "c4ai-"],                                                                   "Cohere",     "openrouter/cohere"),
    (&["jamba-", "j2-"],                                                                       "AI21",       "openrouter/ai21"),
    (&["llama"],                                                                               "Meta",       "ollama"),
];

/// Amazon's names of makers, which stand before a dot: <https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html>.
const AT_BEDROCK: [&str; 20] = [
    "ai21",
    "amazon",
    "anthropic",
    "cohere",
    "deepseek",
    "google",
    "luma",
    "meta",
    "minimax",
    "mistral",
    "moonshot",
    "moonshotai",
    "nvidia",
    "openai",
    "qwen",
    "stability",
    "twelvelabs",
    "writer",
    "xai",
    "zai",
];

/// Whether a name is one of Bedrock's: `meta.llama3-70b-instruct-v1:0`, also after the name of an inference profile, as in `us.meta...`.
fn is_at_bedrock(name: &str) -> bool {
    let is_maker = |name: &str| {
        name.split_once('.')
            .is_some_and(|(maker, _)| AT_BEDROCK.contains(&maker))
    };
    let local = name
        .split_once('.')
        .filter(|(profile, _)| PROFILES.contains(profile));
    is_maker(name) || local.is_some_and(|(_, name)| is_maker(name))
}

/// Refuses a name without a provider that is not OpenAI's. Unknown names pass, as OpenAI may have new ones.
///
/// # Errors
///
/// `ERR_INPUTS` with the prefix that is meant; `pointer` is the JSON pointer of the name.
pub(crate) fn check(model: &str, pointer: &str) -> Result<(), ProcessorError> {
    if model.contains('/') {
        return Ok(());
    }
    let name = model.to_ascii_lowercase();
    let mut makers = MAKERS.iter();
    let is_match = |(starts, ..): &&(&[&str], _, _)| starts.iter().any(|start| name.starts_with(start));
    let found = if is_at_bedrock(&name) {
        Some(("Bedrock", "bedrock"))
    } else {
        makers.find(is_match).map(|(_, maker, prefix)| (*maker, *prefix))
    };
    let Some((maker, prefix)) = found else {
        return Ok(());
    };
    Err(ProcessorError::new(
        ErrorCode::Inputs,
        format!(
            "{pointer} names no provider, and the model is not OpenAI's but {maker}'s; name it {prefix}/{model}, or openai/{model} if a server of your own has it"
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::Route;

    #[test]
    fn models_of_others_are_named_with_their_providers() {
        for (model, expected) in [
            ("claude-sonnet-4-5", "anthropic/claude-sonnet-4-5"),
            ("Claude-3-opus", "anthropic/Claude-3-opus"),
            ("mistral-large-latest", "mistral/mistral-large-latest"),
            ("open-mixtral-8x22b", "mistral/open-mixtral-8x22b"),
            ("deepseek-chat", "deepseek/deepseek-chat"),
            ("gemini-2.5-pro", "gemini/gemini-2.5-pro"),
            ("command-r-plus", "openrouter/cohere/command-r-plus"),
            ("llama3.2:1b", "ollama/llama3.2:1b"),
            ("grok-4", "xai/grok-4"),
            ("qwen3-max", "dashscope/qwen3-max"),
            (
                "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
                "bedrock/us.anthropic.",
            ),
            ("us-gov.anthropic.claude-x", "bedrock/us-gov.anthropic."),
            ("jp.amazon.nova-2-lite-v1:0", "bedrock/jp.amazon."),
            ("meta.llama3-70b-instruct-v1:0", "bedrock/meta."),
            ("mistral.mistral-7b-instruct-v0:2", "bedrock/mistral."),
            ("openai.gpt-oss-120b-1:0", "bedrock/openai."),
            ("zai.glm-4.7", "bedrock/zai."),
            ("in.moonshotai.kimi-k3", "bedrock/in."),
            ("us-gov.xai.grok-4.7", "bedrock/us-gov.xai."),
            ("text-unicorn@001", "vertex_ai/text-unicorn@001"),
        ] {
            let error = check(model, "/params/fallbacks/1").unwrap_err();
            assert_eq!(error.code(), ErrorCode::Inputs);
            let message = error.message();
            assert!(
                message.starts_with("/params/fallbacks/1 names no provider"),
                "{message}"
            );
            assert!(message.contains(&format!("; name it {expected}")), "{message}");
        }
    }

    #[test]
    fn other_names_pass() {
        let names = "gpt-4o o3-mini chatgpt-4o-latest ft:gpt-4o:org::id codex-mini-latest gpt-oss-20b m-1 anything groq/llama-3 \
            openai/claude-x";
        for model in names.split_whitespace() {
            assert!(check(model, "/model").is_ok(), "{model}");
        }
    }

    #[test]
    fn each_prefix_is_known() {
        for (_, maker, prefix) in MAKERS {
            assert!(
                Route::resolve(&format!("{prefix}/x"), "/model").is_ok(),
                "{maker}"
            );
        }
    }
}
