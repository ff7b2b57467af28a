//! LiteLLM's names for the newest model of a family, which its services do not know.
//!
//! The table is that of LiteLLM 1.110.2 (`get_model_latest_aliases`, November 2026), without Azure, where a deployment may have any
//! name, and without the names that services have themselves (`moonshot/kimi-latest`, `dashscope/qwen-max-latest`).

/// A prefix, LiteLLM's name, and the model.
#[rustfmt::skip]
static LATEST: &[(&str, &str, &str)] = &[
    ("openai",       "gpt-astra-latest",      "gpt-6-astra"),
    ("openai",       "gpt-luna-latest",       "gpt-6-luna"),
    ("openai",       "gpt-mini-latest",       "gpt-5.4-mini"),
    ("openai",       "gpt-sol-latest",        "gpt-6.1-sol"),
    ("openai",       "gpt-terra-latest",      "gpt-6.1-terra"),
    ("anthropic",    "claude-fable-latest",   "claude-fable-5-1"),
    ("anthropic",    "claude-haiku-latest",   "claude-haiku-5-5"),
    ("anthropic",    "claude-opus-latest",    "claude-opus-5-5"),
    ("anthropic",    "claude-sonnet-latest",  "claude-sonnet-5-5"),
    ("bedrock",      "claude-fable-latest",   "global.anthropic.claude-fable-5-1"),
    ("bedrock",      "claude-haiku-latest",   "global.anthropic.claude-haiku-5-5"),
    ("bedrock",      "claude-opus-latest",    "global.anthropic.claude-opus-5-5"),
    ("bedrock",      "claude-sonnet-latest",  "global.anthropic.claude-sonnet-5-5"),
    ("bedrock",      "glm-latest",            "global.zai.glm-5.3"),
    ("bedrock",      "gpt-astra-latest",      "global.openai.gpt-6-astra"),
    ("bedrock",      "gpt-luna-latest",       "global.openai.gpt-6-luna"),
    ("bedrock",      "gpt-sol-latest",        "global.openai.gpt-6.1-sol"),
    ("bedrock",      "gpt-terra-latest",      "global.openai.gpt-6.1-terra"),
    ("bedrock",      "grok-latest",           "global.xai.grok-4.7"),
    ("bedrock",      "kimi-latest",           "global.moonshotai.kimi-k3"),
    ("vertex_ai",    "claude-fable-latest",   "claude-fable-5-1"),
    ("vertex_ai",    "claude-haiku-latest",   "claude-haiku-5-5"),
    ("vertex_ai",    "claude-opus-latest",    "claude-opus-5-5"),
    ("vertex_ai",    "claude-sonnet-latest",  "claude-sonnet-5-5"),
    ("vertex_ai",    "grok-latest",           "xai/grok-4.7"),
    ("deepseek",     "deepseek-flash-latest", "deepseek-v4-flash"),
    ("deepseek",     "deepseek-pro-latest",   "deepseek-v4-pro"),
    ("xai",          "grok-latest",           "grok-4.7"),
    ("zai",          "glm-flash-latest",      "glm-5.3-flash"),
    ("zai",          "glm-latest",            "glm-5.3"),
    ("minimax",      "minimax-latest",        "MiniMax-M3"),
    ("fireworks_ai", "kimi-latest",           "accounts/fireworks/models/kimi-k3"),
    ("fireworks_ai", "minimax-latest",        "accounts/fireworks/models/minimax-m3"),
    ("together_ai",  "deepseek-pro-latest",   "deepseek-ai/DeepSeek-V4-Pro-0813"),
    ("together_ai",  "glm-flash-latest",      "zai-org/GLM-5.3-Flash"),
    ("together_ai",  "glm-latest",            "zai-org/GLM-5.3"),
    ("together_ai",  "kimi-latest",           "moonshotai/Kimi-K3"),
    ("together_ai",  "qwen-flash-latest",     "Qwen/Qwen3.8-Flash"),
];

/// Selects the Responses API, as in `openai/responses/gpt-sol-latest`.
const RESPONSES: &str = "responses/";

/// The model that this name stands for at the service of this prefix, with what selects the API.
pub(crate) fn with_api(prefix: &str, name: &str) -> Option<String> {
    let start = if name.starts_with(RESPONSES) {
        RESPONSES
    } else {
        ""
    };
    model(prefix, name).map(|model| format!("{start}{model}"))
}

/// The model that this name stands for at the service of this prefix.
pub(crate) fn model(prefix: &str, name: &str) -> Option<&'static str> {
    let name = name.strip_prefix(RESPONSES).unwrap_or(name);
    let mut rows = LATEST.iter();
    let (.., model) = rows.find(|(service, alias, _)| *service == prefix && *alias == name)?;
    Some(model)
}
