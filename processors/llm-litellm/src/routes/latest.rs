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

/// The model that this name stands for at the service of this prefix.
pub(crate) fn model(prefix: &str, name: &str) -> Option<&'static str> {
    let mut rows = LATEST.iter();
    let (.., model) = rows.find(|(service, alias, _)| *service == prefix && *alias == name)?;
    Some(model)
}
