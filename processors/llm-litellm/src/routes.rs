//! The services that a model's name can lead to. To add one, add a line here, and its variables to `registry/llm_litellm.yaml`.

use runtime::{ErrorCode, ProcessorError};

use crate::api::Api;

/// A service, selected by the part of a model's name before the first `/`.
#[derive(Debug)]
pub(crate) struct Route {
    /// The part of the name before the first `/`.
    pub(crate) prefix: &'static str,
    /// Its OpenAI-compatible address; empty if each user has their own.
    pub(crate) base: &'static str,
    /// The variables that may give another address; the first that is set counts.
    pub(crate) base_from: &'static [&'static str],
    /// The variables that may hold its key; the first that is set counts.
    pub(crate) key_from: &'static [&'static str],
    /// How it differs from OpenAI.
    pub(crate) quirks: &'static [Quirk],
}

/// A difference from OpenAI.
#[derive(Debug, PartialEq)]
pub(crate) enum Quirk {
    /// It may need no key.
    KeyIsOptional,
    /// The deployment is in the path, a version in the query, and the key in a header of its own.
    Azure,
    /// A model's name without a `/` gets this prefix.
    ShortNames(&'static str),
    /// It always reports the usage of a stream, and may refuse a request for it.
    ReportsUsage,
    /// It has an API of its own beside the compatible one, which is asked instead.
    Own(Api),
}

use Quirk::{Azure, KeyIsOptional, Own, ReportsUsage, ShortNames};

/// One a line: prefix, base, variables of the base, variables of the key, quirks.
#[rustfmt::skip]
pub(crate) static ROUTES: &[Route] = &[
    route("openai",        "https://api.openai.com/v1",                               &["OPENAI_BASE_URL", "OPENAI_API_BASE"], &["OPENAI_API_KEY"], &[]),
    route("azure",         "",                                                        &["AZURE_API_BASE"],         &["AZURE_OPENAI_API_KEY", "AZURE_API_KEY"], &[Azure]),
    route("anthropic",     "https://api.anthropic.com/v1",                            &["ANTHROPIC_API_BASE"],     &["ANTHROPIC_API_KEY"], &[]),
    route("gemini",        "https://generativelanguage.googleapis.com/v1beta/openai", &["GEMINI_API_BASE"],        &["GEMINI_API_KEY", "GOOGLE_API_KEY"], &[]),
    route("groq",          "https://api.groq.com/openai/v1",                          &["GROQ_API_BASE"],          &["GROQ_API_KEY"], &[]),
    route("together_ai",   "https://api.together.ai/v1",                              &["TOGETHER_AI_API_BASE"],   &["TOGETHER_API_KEY", "TOGETHER_AI_API_KEY", "TOGETHERAI_API_KEY"], &[]),
    route("openrouter",    "https://openrouter.ai/api/v1",                            &["OPENROUTER_API_BASE"],    &["OPENROUTER_API_KEY", "OR_API_KEY"], &[ShortNames("openrouter/")]),
    route("mistral",       "https://api.mistral.ai/v1",                               &["MISTRAL_API_BASE"],       &["MISTRAL_API_KEY"], &[ReportsUsage]),
    route("deepseek",      "https://api.deepseek.com/v1",                             &["DEEPSEEK_API_BASE"],      &["DEEPSEEK_API_KEY"], &[]),
    route("xai",           "https://api.x.ai/v1",                                     &["XAI_API_BASE"],           &["XAI_API_KEY"], &[]),
    route("fireworks_ai",  "https://api.fireworks.ai/inference/v1",                   &["FIREWORKS_API_BASE"],     &["FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY"], &[ShortNames("accounts/fireworks/models/")]),
    route("perplexity",    "https://api.perplexity.ai",                               &["PERPLEXITY_API_BASE"],    &["PERPLEXITY_API_KEY", "PERPLEXITYAI_API_KEY"], &[ReportsUsage]),
    route("cerebras",      "https://api.cerebras.ai/v1",                              &["CEREBRAS_API_BASE"],      &["CEREBRAS_API_KEY"], &[]),
    route("nvidia_nim",    "https://integrate.api.nvidia.com/v1",                     &["NVIDIA_NIM_API_BASE"],    &["NVIDIA_NIM_API_KEY"], &[]),
    route("deepinfra",     "https://api.deepinfra.com/v1/openai",                     &["DEEPINFRA_API_BASE"],     &["DEEPINFRA_API_KEY"], &[]),
    route("sambanova",     "https://api.sambanova.ai/v1",                             &["SAMBANOVA_API_BASE"],     &["SAMBANOVA_API_KEY"], &[]),
    route("moonshot",      "https://api.moonshot.ai/v1",                              &["MOONSHOT_API_BASE"],      &["MOONSHOT_API_KEY"], &[]),
    route("dashscope",     "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",  &["DASHSCOPE_API_BASE"],     &["DASHSCOPE_API_KEY"], &[]),
    route("nebius",        "https://api.tokenfactory.nebius.com/v1",                  &["NEBIUS_API_BASE"],        &["NEBIUS_API_KEY"], &[]),
    route("ollama",        "http://localhost:11434/v1",                               &["OLLAMA_API_BASE"],        &["OLLAMA_API_KEY"], &[KeyIsOptional, Own(Api::OllamaChat)]),
    route("ollama_chat",   "http://localhost:11434/v1",                               &["OLLAMA_API_BASE"],        &["OLLAMA_API_KEY"], &[KeyIsOptional, Own(Api::OllamaChat)]),
    route("hosted_vllm",   "",                                                        &["HOSTED_VLLM_API_BASE"],   &["HOSTED_VLLM_API_KEY"], &[KeyIsOptional]),
    route("lm_studio",     "",                                                        &["LM_STUDIO_API_BASE"],     &["LM_STUDIO_API_KEY"], &[KeyIsOptional]),
    route("litellm_proxy", "",                                                        &["LITELLM_PROXY_API_BASE"], &["LITELLM_PROXY_API_KEY"], &[]),
];

const fn route(
    prefix: &'static str,
    base: &'static str,
    base_from: &'static [&'static str],
    key_from: &'static [&'static str],
    quirks: &'static [Quirk],
) -> Route {
    Route {
        prefix,
        base,
        base_from,
        key_from,
        quirks,
    }
}

/// The service of a model's name without a prefix.
const DEFAULT_PREFIX: &str = "openai";

impl Route {
    /// The service that a model's name leads to, and the model's name there.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` for an unknown prefix, or nothing after it; `pointer` is the JSON pointer of the name.
    pub(crate) fn resolve(model: &str, pointer: &str) -> Result<(&'static Self, String), ProcessorError> {
        let (prefix, name) = model.split_once('/').unwrap_or((DEFAULT_PREFIX, model));
        let wrong = |what: &str| ProcessorError::new(ErrorCode::Inputs, format!("{pointer} {what}"));
        let Some(route) = ROUTES.iter().find(|route| route.prefix == prefix) else {
            let known: Vec<_> = ROUTES.iter().map(|route| route.prefix).collect();
            let known = known.join(", ");
            return Err(wrong(&format!(
                "does not begin with a known provider and a slash; known are {known}"
            )));
        };
        if name.is_empty() {
            return Err(wrong("names no model; give one as in openai/gpt-4o-mini"));
        }
        let full = route.quirks.iter().find_map(|quirk| match quirk {
            ShortNames(prefix) if !name.contains('/') => Some(format!("{prefix}{name}")),
            _ => None,
        });
        Ok((route, full.unwrap_or_else(|| name.to_owned())))
    }

    /// The API in which the service is asked.
    pub(crate) fn api(&self, is_openai_compatible: bool) -> Api {
        self.own()
            .filter(|_| !is_openai_compatible)
            .unwrap_or(Api::ChatCompletions)
    }

    /// The API of its own that the service has.
    pub(crate) fn own(&self) -> Option<Api> {
        self.quirks.iter().find_map(|quirk| match quirk {
            Own(api) => Some(*api),
            _ => None,
        })
    }

    pub(crate) fn has(&self, quirk: &Quirk) -> bool {
        self.quirks.contains(quirk)
    }
}

/// Whether a variable holds the key of one of these services.
pub(crate) fn is_provider_key(variable: &str) -> bool {
    ROUTES.iter().any(|route| route.key_from.contains(&variable))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_services() {
        for [model, prefix, name] in [
            ["gpt-4o-mini", "openai", "gpt-4o-mini"],
            ["openai/gpt-5", "openai", "gpt-5"],
            ["openai/openai/gpt-oss-20b", "openai", "openai/gpt-oss-20b"],
            ["openrouter/a/claude-x", "openrouter", "a/claude-x"],
            ["openrouter/auto", "openrouter", "openrouter/auto"],
            ["fireworks_ai/x", "fireworks_ai", "accounts/fireworks/models/x"],
            ["fireworks_ai/a/models/b", "fireworks_ai", "a/models/b"],
            ["groq/meta-llama/llama-4", "groq", "meta-llama/llama-4"],
        ] {
            let (route, full) = Route::resolve(model, "/model").unwrap();
            assert_eq!((route.prefix, full.as_str()), (prefix, name), "{model}");
        }
    }

    #[test]
    fn names_that_lead_nowhere() {
        for model in ["meta/llama-3", "/gpt-4o", "Groq/x", "openai/", ""] {
            let error = Route::resolve(model, "/params/fallbacks/0").unwrap_err();
            assert_eq!(error.code(), ErrorCode::Inputs);
            assert!(error.message().starts_with("/params/fallbacks/0 "), "{error}");
        }
        let error = Route::resolve("meta/llama-3", "/model").unwrap_err();
        for route in ROUTES {
            assert!(error.message().contains(route.prefix), "{error}");
        }
    }

    /// The orchestrator passes on only the variables that the entry names.
    #[test]
    fn the_registry_names_every_variable() {
        let entry = include_str!("../../../registry/llm_litellm.yaml");
        let names: Vec<_> = entry
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .collect();
        for route in ROUTES {
            for variable in route.base_from.iter().chain(route.key_from) {
                assert!(
                    names.contains(variable),
                    "registry/llm_litellm.yaml lacks {variable}"
                );
            }
        }
    }
}
