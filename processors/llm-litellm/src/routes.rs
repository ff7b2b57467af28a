//! The services that a model's name can lead to. To add one, add a line here, and its variables to `registry/llm_litellm.yaml`.

pub(crate) mod latest;
pub(crate) mod makers;
mod suggestion;

use runtime::{ErrorCode, ProcessorError};

use crate::api::Api;
use crate::aws::signer;
use crate::google::account::{CREDENTIALS, TOKEN};

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
    /// The project and the location are in the address, and an account may take the place of a key.
    Google,
    /// The region is in the address, and a signature may take the place of a key.
    Aws,
    /// A model's name without a `/` gets this prefix.
    ShortNames(&'static str),
    /// It always reports the usage of a stream, and may refuse a request for it.
    ReportsUsage,
    /// It has an API of its own beside the compatible one, which is asked instead.
    Own(Api),
    /// The key of this variable is an access token, sent as `Authorization: Bearer`.
    Token(&'static str),
    /// The key of the first variable is sent only to the address that the second gives.
    OnlyAt(&'static str, &'static str),
    /// The address that this variable gives may lack this end.
    EndsIn(&'static str, &'static str),
    /// A header has the value of the first of these variables that is set.
    HeaderFrom(&'static str, &'static [&'static str]),
    /// A model's name may begin with the first of these, which says that the model is like the second.
    Hints(&'static [(&'static str, &'static str)]),
}

use Quirk::{
    Aws, Azure, EndsIn, Google, HeaderFrom, Hints, KeyIsOptional, OnlyAt, Own, ReportsUsage, ShortNames,
    Token,
};

/// `OPENAI_ORG_ID` and `OPENAI_PROJECT_ID` are those of OpenAI's own clients, which send them to any address; they are not read.
const ORGANIZATION: Quirk = HeaderFrom("openai-organization", &["OPENAI_ORGANIZATION"]);
/// The key of a Mistral model on Azure is not Mistral's.
const MISTRAL_ON_AZURE: Quirk = OnlyAt("MISTRAL_AZURE_API_KEY", "MISTRAL_AZURE_API_BASE");

/// One a line: prefix, base, variables of the base, variables of the key, quirks. The variables and their order are LiteLLM's
/// (1.110, measured).
#[rustfmt::skip]
pub(crate) static ROUTES: &[Route] = &[
    route("openai",            "https://api.openai.com/v1",                               &["OPENAI_BASE_URL", "OPENAI_API_BASE"], &["OPENAI_API_KEY"], &[ORGANIZATION]),
    route("azure",             "",                                                        &["AZURE_API_BASE", "AZURE_OPENAI_ENDPOINT"], &["AZURE_OPENAI_API_KEY", "AZURE_API_KEY", "AZURE_OPENAI_AD_TOKEN", "AZURE_AD_TOKEN"], &[Azure, Token("AZURE_OPENAI_AD_TOKEN"), Token("AZURE_AD_TOKEN"), Hints(&[("o_series/", "o3"), ("gpt5_series/", "gpt-5")])]),
    route("anthropic",         "https://api.anthropic.com/v1",                            &["ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL"], &["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"], &[Token("ANTHROPIC_AUTH_TOKEN"), Own(Api::AnthropicMessages)]),
    route("gemini",            "https://generativelanguage.googleapis.com/v1beta/openai", &["GEMINI_API_BASE"], &["GOOGLE_API_KEY", "GEMINI_API_KEY", "PALM_API_KEY"], &[Own(Api::GeminiGenerateContent)]),
    route("vertex_ai",         "",                                                        &["VERTEXAI_API_BASE", "VERTEX_API_BASE"], &[TOKEN], &[Google, Own(Api::VertexGenerateContent)]),
    route("groq",              "https://api.groq.com/openai/v1",                          &["GROQ_API_BASE"], &["GROQ_API_KEY"], &[]),
    route("together_ai",       "https://api.together.ai/v1",                              &["TOGETHER_AI_API_BASE"], &["TOGETHER_API_KEY", "TOGETHER_AI_API_KEY", "TOGETHERAI_API_KEY", "TOGETHER_AI_TOKEN"], &[]),
    route("openrouter",        "https://openrouter.ai/api/v1",                            &["OPENROUTER_API_BASE"], &["OPENROUTER_API_KEY", "OR_API_KEY"], &[ShortNames("openrouter/")]),
    route("mistral",           "https://api.mistral.ai/v1",                               &["MISTRAL_AZURE_API_BASE", "MISTRAL_API_BASE"], &["MISTRAL_AZURE_API_KEY", "MISTRAL_API_KEY"], &[MISTRAL_ON_AZURE, EndsIn("MISTRAL_AZURE_API_BASE", "/v1"), ReportsUsage]),
    route("deepseek",          "https://api.deepseek.com/beta",                           &["DEEPSEEK_API_BASE"], &["DEEPSEEK_API_KEY"], &[]),
    route("xai",               "https://api.x.ai/v1",                                     &["XAI_API_BASE"], &["XAI_API_KEY"], &[]),
    route("fireworks_ai",      "https://api.fireworks.ai/inference/v1",                   &["FIREWORKS_API_BASE"], &["FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY", "FIREWORKSAI_API_KEY", "FIREWORKS_AI_TOKEN"], &[ShortNames("accounts/fireworks/models/")]),
    route("perplexity",        "https://api.perplexity.ai",                               &["PERPLEXITY_API_BASE"], &["PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY"], &[ReportsUsage]),
    route("cerebras",          "https://api.cerebras.ai/v1",                              &["CEREBRAS_API_BASE"], &["CEREBRAS_API_KEY"], &[]),
    route("nvidia_nim",        "https://integrate.api.nvidia.com/v1",                     &["NVIDIA_NIM_API_BASE"], &["NVIDIA_NIM_API_KEY"], &[]),
    route("deepinfra",         "https://api.deepinfra.com/v1/openai",                     &["DEEPINFRA_API_BASE"], &["DEEPINFRA_API_KEY"], &[]),
    route("sambanova",         "https://api.sambanova.ai/v1",                             &["SAMBANOVA_API_BASE"], &["SAMBANOVA_API_KEY"], &[]),
    route("moonshot",          "https://api.moonshot.ai/v1",                              &["MOONSHOT_API_BASE"], &["MOONSHOT_API_KEY"], &[]),
    route("dashscope",         "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",  &["DASHSCOPE_API_BASE"], &["DASHSCOPE_API_KEY"], &[]),
    route("qwencloud",         "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",  &["QWENCLOUD_API_BASE"], &["QWENCLOUD_API_KEY", "DASHSCOPE_API_KEY"], &[]),
    route("qwen_ai_platform",  "https://dashscope.aliyuncs.com/compatible-mode/v1",       &["QWEN_AI_PLATFORM_API_BASE"], &["QWEN_AI_PLATFORM_API_KEY", "DASHSCOPE_API_KEY"], &[]),
    route("nebius",            "https://api.tokenfactory.nebius.com/v1",                  &["NEBIUS_API_BASE"], &["NEBIUS_API_KEY"], &[]),
    route("zai",               "https://api.z.ai/api/paas/v4",                            &["ZAI_API_BASE"], &["ZAI_API_KEY"], &[]),
    route("minimax",           "https://api.minimax.io/v1",                               &["MINIMAX_API_BASE"], &["MINIMAX_API_KEY"], &[EndsIn("MINIMAX_API_BASE", "/v1")]),
    route("volcengine",        "https://ark.cn-beijing.volces.com/api/v3",                &["VOLCENGINE_API_BASE"], &["VOLCENGINE_API_KEY"], &[]),
    route("codestral",         "https://codestral.mistral.ai/v1",                         &["CODESTRAL_API_BASE"], &["CODESTRAL_API_KEY"], &[ReportsUsage]),
    route("novita",            "https://api.novita.ai/v3/openai",                         &["NOVITA_API_BASE"], &["NOVITA_API_KEY"], &[]),
    route("hyperbolic",        "https://api.hyperbolic.xyz/v1",                           &["HYPERBOLIC_API_BASE"], &["HYPERBOLIC_API_KEY"], &[]),
    route("featherless_ai",    "https://api.featherless.ai/v1",                           &["FEATHERLESS_AI_API_BASE", "FEATHERLESS_API_BASE"], &["FEATHERLESS_AI_API_KEY", "FEATHERLESS_API_KEY"], &[]),
    route("meta_llama",        "https://api.llama.com/compat/v1",                         &["LLAMA_API_BASE"], &["LLAMA_API_KEY"], &[]),
    route("vercel_ai_gateway", "https://ai-gateway.vercel.sh/v1",                         &["VERCEL_AI_GATEWAY_API_BASE"], &["VERCEL_AI_GATEWAY_API_KEY", "VERCEL_OIDC_TOKEN"], &[]),
    route("bedrock",           "https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1", &["AWS_BEDROCK_RUNTIME_ENDPOINT"], &["AWS_BEARER_TOKEN_BEDROCK"], &[Aws, KeyIsOptional, Own(Api::BedrockConverse)]),
    route("ollama",            "http://localhost:11434/v1",                               &["OLLAMA_API_BASE"], &["OLLAMA_API_KEY"], &[KeyIsOptional, Own(Api::OllamaChat)]),
    route("ollama_chat",       "http://localhost:11434/v1",                               &["OLLAMA_API_BASE"], &["OLLAMA_API_KEY"], &[KeyIsOptional, Own(Api::OllamaChat)]),
    route("llamafile",         "http://127.0.0.1:8080/v1",                                &["LLAMAFILE_API_BASE"], &["LLAMAFILE_API_KEY"], &[KeyIsOptional]),
    route("hosted_vllm",       "",                                                        &["HOSTED_VLLM_API_BASE"], &["HOSTED_VLLM_API_KEY"], &[KeyIsOptional]),
    route("lm_studio",         "",                                                        &["LM_STUDIO_API_BASE"], &["LM_STUDIO_API_KEY"], &[KeyIsOptional]),
    route("litellm_proxy",     "",                                                        &["LITELLM_PROXY_API_BASE"], &["LITELLM_PROXY_API_KEY"], &[]),
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
            return Err(wrong(&unknown(prefix)));
        };
        let name = route.hint(name).map_or(name, |(name, _)| name);
        if name.is_empty() {
            return Err(wrong("names no model; give one as in openai/gpt-4o-mini"));
        }
        let name = latest::with_api(route.prefix, name).unwrap_or_else(|| name.to_owned());
        let full = route.quirks.iter().find_map(|quirk| match quirk {
            ShortNames(prefix) if !name.contains('/') => Some(format!("{prefix}{name}")),
            _ => None,
        });
        Ok((route, full.unwrap_or(name)))
    }

    /// The model's name without the hint that it begins with, and the model that it is like.
    fn hint<'a>(&self, name: &'a str) -> Option<(&'a str, &'static str)> {
        let hints = self.quirks.iter().find_map(|quirk| match quirk {
            Hints(hints) => Some(*hints),
            _ => None,
        });
        let mut hints = hints.unwrap_or_default().iter();
        hints.find_map(|(hint, like)| Some((name.strip_prefix(hint)?, *like)))
    }

    /// The model that the one of this name is said to be like, if the name says so.
    pub(crate) fn likeness(&self, name: &str) -> Option<&'static str> {
        let (_, name) = name.split_once('/')?;
        self.hint(name).map(|(_, like)| like)
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

    /// Whether the key of this variable is sent as a bearer token.
    pub(crate) fn is_token(&self, variable: &str) -> bool {
        let mut quirks = self.quirks.iter();
        quirks.any(|quirk| matches!(quirk, Token(token) if *token == variable))
    }

    /// Whether the key of this variable may be sent to the address that another variable gives; `None` is the service's own.
    pub(crate) fn may_send(&self, key: &str, base: Option<&str>) -> bool {
        let mut quirks = self.quirks.iter();
        quirks.all(|quirk| !matches!(quirk, OnlyAt(only, at) if *only == key && Some(*at) != base))
    }

    /// What the address that this variable gives has to end in.
    pub(crate) fn end(&self, base: &str) -> Option<&'static str> {
        self.quirks.iter().find_map(|quirk| match quirk {
            EndsIn(variable, end) if *variable == base => Some(*end),
            _ => None,
        })
    }

    /// The headers that variables give: the header and its variables, the first that is set counts.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
        self.quirks.iter().filter_map(|quirk| match quirk {
            HeaderFrom(header, variables) => Some((*header, *variables)),
            _ => None,
        })
    }

    pub(crate) fn has(&self, quirk: &Quirk) -> bool {
        self.quirks.contains(quirk)
    }
}

/// That no provider has this prefix, which one may be meant, and which ones there are.
fn unknown(prefix: &str) -> String {
    let known: Vec<_> = ROUTES.iter().map(|route| route.prefix).collect();
    let meant = match suggestion::closest(prefix, &known) {
        Some(closest) => format!("it may mean {closest}/; "),
        None => String::new(),
    };
    let known = known.join(", ");
    format!(
        "does not begin with a known provider and a slash; {meant}known are {known}, and any other service that is compatible with OpenAI is openai/NAME with /params/api_base"
    )
}

/// Whether a variable holds the key of one of these services.
pub(crate) fn is_provider_key(variable: &str) -> bool {
    signer::is_part(variable)
        || CREDENTIALS.contains(&variable)
        || ROUTES.iter().any(|route| route.key_from.contains(&variable))
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
            ["azure/o_series/my-o3", "azure", "my-o3"],
            ["azure/gpt5_series/mine", "azure", "mine"],
            ["anthropic/claude-sonnet-latest", "anthropic", "claude-sonnet-5-5"],
            ["gpt-mini-latest", "openai", "gpt-5.4-mini"],
            [
                "openai/responses/gpt-sol-latest",
                "openai",
                "responses/gpt-6.1-sol",
            ],
            ["vertex_ai/claude-opus-latest", "vertex_ai", "claude-opus-5-5"],
            ["vertex_ai/grok-latest", "vertex_ai", "xai/grok-4.7"],
            ["moonshot/kimi-latest", "moonshot", "kimi-latest"],
        ] {
            let (route, full) = Route::resolve(model, "/model").unwrap();
            assert_eq!((route.prefix, full.as_str()), (prefix, name), "{model}");
        }
    }

    #[test]
    fn names_that_lead_nowhere() {
        for model in [
            "meta/llama-3",
            "/gpt-4o",
            "Groq/x",
            "openai/",
            "azure/o_series/",
            "",
        ] {
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
            let of_headers = route.headers().flat_map(|(_, variables)| variables);
            for variable in route.base_from.iter().chain(route.key_from).chain(of_headers) {
                assert!(
                    names.contains(variable),
                    "registry/llm_litellm.yaml lacks {variable}"
                );
            }
        }
    }
}
