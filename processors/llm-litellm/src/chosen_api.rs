//! The API in which a model is asked: that of its route, unless it is another maker's, or the name, the model or the parameters
//! need OpenAI's Responses API.

use serde_json::{Map, Value};

use crate::api::Api;
use crate::google::partners::partner;
use crate::models::{self, Fact};
use crate::routes::Route;

const OPENAI: &str = "openai";
const AZURE: &str = "azure";
const XAI: &str = "xai";
const PERPLEXITY: &str = "perplexity";

/// The services that have the Responses API.
const WITH_RESPONSES: [&str; 7] = [
    OPENAI,
    AZURE,
    XAI,
    PERPLEXITY,
    "hosted_vllm",
    "litellm_proxy",
    "openrouter",
];

/// Models that know no other API, although LiteLLM's table says so of none of them
/// (<https://platform.openai.com/docs/models/codex-mini-latest>, <https://platform.openai.com/docs/models/computer-use-preview>).
const RESPONSES_ONLY: [&str; 2] = ["codex-mini-latest", "computer-use-preview"];

/// The models of Vertex AI that have Anthropic's API.
const CLAUDE: &str = "claude";

/// Selects the Responses API in the name of a model, as in `openai/responses/gpt-4o`.
const RESPONSES: &str = "responses/";

/// The first version of GPT that takes no functions in chat completions while it thinks.
const WITHOUT_FUNCTIONS: (u64, u64) = (5, 4);

/// What the choice depends on beside the name of the model.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Circumstances<'a> {
    pub(crate) params: &'a Map<String, Value>,
    pub(crate) is_openai_compatible: bool,
    /// Whether the address is the service's own; other services may know chat completions alone.
    pub(crate) is_own_address: bool,
}

/// The API for a model of a route, and the model's name without what selects the API.
pub(crate) fn choose(route: &Route, model: String, circumstances: &Circumstances<'_>) -> (Api, String) {
    let default = route.api(circumstances.is_openai_compatible);
    if default == Api::VertexGenerateContent && model.starts_with(CLAUDE) {
        return (Api::VertexMessages, model);
    }
    if default == Api::VertexGenerateContent && partner(&model).is_some() {
        return (Api::ChatCompletions, model);
    }
    if default != Api::ChatCompletions {
        return (default, model);
    }
    // LiteLLM asks services that lack the Responses API for a chat completion instead
    let (is_named, model) = match model.strip_prefix(RESPONSES).filter(|rest| !rest.is_empty()) {
        Some(rest) => (true, rest.to_owned()),
        None => (false, model),
    };
    let needs_responses = || is_named || needs_responses(route.prefix, &model, circumstances);
    let may_need = WITH_RESPONSES.contains(&route.prefix) && !circumstances.is_openai_compatible;
    if may_need && needs_responses() {
        (Api::OpenAiResponses, model)
    } else {
        (default, model)
    }
}

fn needs_responses(prefix: &str, model: &str, circumstances: &Circumstances<'_>) -> bool {
    let params = circumstances.params;
    let has = |name: &str| params.get(name).is_some_and(|value| !value.is_null());
    if models::find(prefix, model).is_some_and(|facts| facts.has(Fact::ResponsesOnly)) {
        return true;
    }
    if prefix == XAI {
        // its chat completions no longer search (https://docs.x.ai/docs/guides/tools/overview)
        return has("web_search_options");
    }
    if !matches!(prefix, OPENAI | AZURE) {
        return false;
    }
    if RESPONSES_ONLY.iter().any(|name| model.starts_with(name)) {
        return true;
    }
    let Some(version) = gpt_version(model).filter(|version| *version >= (5, 0)) else {
        return false;
    };
    let effort = params.get("reasoning_effort").filter(|effort| !effort.is_null());
    let has_summary = has("reasoning_summary")
        || has("reasoningSummary")
        || effort.is_some_and(|effort| effort.get("summary").is_some_and(|value| !value.is_null()));
    let level = effort.map(|effort| effort.get("effort").unwrap_or(effort));
    let is_thinking = has_summary || level.is_none_or(|level| level != "none");
    let enforces = prefix == AZURE || circumstances.is_own_address;
    effort.is_some() && has_summary
        || enforces && has_tool(params, "tool_search")
        || version >= WITHOUT_FUNCTIONS
            && is_thinking
            && (effort.is_some() || enforces)
            && has_tool(params, "function")
}

fn has_tool(params: &Map<String, Value>, kind: &str) -> bool {
    let tools = params.get("tools").and_then(Value::as_array);
    let mut tools = tools.into_iter().flatten();
    tools.any(|tool| tool.get("type").is_some_and(|value| value == kind))
}

/// The version in a name: `(5, 4)` for `gpt-5.4-mini`. Search models, which know no functions, have none, and neither have names
/// such as `gpt-35-turbo`, which is Azure's for `gpt-3.5-turbo`.
fn gpt_version(model: &str) -> Option<(u64, u64)> {
    let name = model.strip_prefix("gpt-")?;
    if name.contains("-search") {
        return None;
    }
    let version = name.split('-').next()?;
    let (major, minor) = version.split_once('.').unwrap_or((version, "0"));
    let version = (major.parse().ok()?, minor.parse().ok()?);
    (version.0 < 10).then_some(version)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn chosen(model: &str, params: &Value, is_own_address: bool) -> (Api, String) {
        let (route, name) = Route::resolve(model, "/model").unwrap();
        let circumstances = Circumstances {
            params: params.as_object().unwrap(),
            is_openai_compatible: false,
            is_own_address,
        };
        choose(route, name, &circumstances)
    }

    #[test]
    fn models_are_asked_in_the_api_that_they_know() {
        use Api::{ChatCompletions, OllamaChat, OpenAiResponses};
        for (model, api, name) in [
            ("openai/responses/gpt-4o", OpenAiResponses, "gpt-4o"),
            ("azure/responses/mine", OpenAiResponses, "mine"),
            ("xai/responses/grok-4", OpenAiResponses, "grok-4"),
            ("o1-pro", OpenAiResponses, "o1-pro"),
            ("openai/o3-pro", OpenAiResponses, "o3-pro"),
            ("openai/gpt-5-codex", OpenAiResponses, "gpt-5-codex"),
            (
                "openai/o4-mini-deep-research",
                OpenAiResponses,
                "o4-mini-deep-research",
            ),
            ("openai/gpt-4o", ChatCompletions, "gpt-4o"),
            ("openai/gpt-5", ChatCompletions, "gpt-5"),
            ("xai/grok-4", ChatCompletions, "grok-4"),
            ("groq/responses/x", ChatCompletions, "x"),
            ("hosted_vllm/responses/x", OpenAiResponses, "x"),
            ("litellm_proxy/responses/x", OpenAiResponses, "x"),
            ("openrouter/responses/a/x", OpenAiResponses, "a/x"),
            ("openrouter/openai/o1-pro", ChatCompletions, "openai/o1-pro"),
            ("perplexity/responses/sonar", OpenAiResponses, "sonar"),
            ("perplexity/sonar-pro", ChatCompletions, "sonar-pro"),
            ("perplexity/openai/gpt-5.2", OpenAiResponses, "openai/gpt-5.2"),
            (
                "perplexity/preset/pro-search",
                OpenAiResponses,
                "preset/pro-search",
            ),
            (
                "xai/grok-4.20-multi-agent",
                OpenAiResponses,
                "grok-4.20-multi-agent",
            ),
            (
                "xai/grok-4.20-multi-agent-beta-latest",
                OpenAiResponses,
                "grok-4.20-multi-agent-beta-latest",
            ),
            ("openai/codex-mini-latest", OpenAiResponses, "codex-mini-latest"),
            (
                "azure/computer-use-preview",
                OpenAiResponses,
                "computer-use-preview",
            ),
            ("ollama/x", OllamaChat, "x"),
            ("vertex_ai/qwen/x-maas", ChatCompletions, "qwen/x-maas"),
            ("vertex_ai/mistral-x@1", ChatCompletions, "mistral-x@1"),
        ] {
            assert_eq!(
                chosen(model, &json!({}), false),
                (api, name.to_owned()),
                "{model}"
            );
        }
    }

    #[test]
    fn parameters_can_need_the_responses_api() {
        let tools = json!([{"type": "function", "function": {"name": "f"}}]);
        let search = json!([{"type": "tool_search"}]);
        for (model, params, at_other_address, at_own_address) in [
            ("gpt-5.4", json!({"tools": tools}), false, true),
            (
                "gpt-5.4-mini",
                json!({"tools": tools, "reasoning_effort": "low"}),
                true,
                true,
            ),
            (
                "gpt-5.4",
                json!({"tools": tools, "reasoning_effort": "none"}),
                false,
                false,
            ),
            ("gpt-6", json!({"tools": tools}), false, true),
            ("gpt-5.4", json!({"tools": [{"type": "custom"}]}), false, false),
            (
                "gpt-5.1",
                json!({"tools": tools, "reasoning_effort": "low"}),
                false,
                false,
            ),
            ("gpt-5-search-api", json!({"tools": search}), false, false),
            ("gpt-5", json!({"tools": search}), false, true),
            (
                "gpt-5",
                json!({"reasoning_effort": {"effort": "low", "summary": "auto"}}),
                true,
                true,
            ),
            (
                "gpt-5",
                json!({"reasoning_effort": "low", "reasoning_summary": "auto"}),
                true,
                true,
            ),
            (
                "gpt-5",
                json!({"reasoning_effort": {"effort": "low"}}),
                false,
                false,
            ),
            (
                "gpt-4o",
                json!({"tools": tools, "reasoning_effort": "low"}),
                false,
                false,
            ),
            ("azure/gpt-5.4", json!({"tools": tools}), true, true),
            ("azure/gpt-35-turbo", json!({"tools": tools}), false, false),
            ("azure/gpt-41", json!({"tools": tools}), false, false),
            ("xai/grok-4", json!({"web_search_options": {}}), true, true),
            ("xai/grok-4", json!({"web_search_options": null}), false, false),
        ] {
            for (is_own, expected) in [(false, at_other_address), (true, at_own_address)] {
                let (api, _) = chosen(model, &params, is_own);
                assert_eq!(api == Api::OpenAiResponses, expected, "{model} {params} {is_own}");
            }
        }
    }
}
