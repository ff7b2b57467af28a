//! Parameters as callers write them, and as models take them.

use serde_json::json;

use super::*;

fn shaped(name: &str, params: &Value) -> Result<Shaped, ProcessorError> {
    shaped_for(Api::ChatCompletions, name, params)
}

fn shaped_for(api: Api, name: &str, params: &Value) -> Result<Shaped, ProcessorError> {
    let model = RequestedModel::asked_in(api, name);
    let params = params.as_object().unwrap();
    shape(params, &model, &DropParams::from_params(params).unwrap())
}

#[test]
fn a_parameter_that_is_not_known_is_refused() {
    for (model, params, message) in [
        (
            "perplexity/c",
            json!({"seed": 1}),
            "/params/seed is not known to perplexity/; ",
        ),
        (
            "openai/o3",
            json!({"temperature": 0.5}),
            "/params/temperature can only be 1 for openai/o3; ",
        ),
        (
            "moonshot/kimi-k2.5",
            json!({"temperature": 0.5}),
            "/params/temperature can only be 1 or 0.6 for moonshot/kimi-k2.5; ",
        ),
        (
            "openai/gpt-5.5",
            json!({"top_p": 0.5}),
            "/params/top_p is known to openai/gpt-5.5 only where /params/reasoning_effort is none; ",
        ),
        (
            "openai/gpt-5",
            json!({"reasoning_effort": "none"}),
            "/params/reasoning_effort has a value that is not known to openai/gpt-5; ",
        ),
        (
            "groq/llama-3.3-70b-versatile",
            json!({"response_format": {"type": "json_schema", "json_schema": {}}}),
            "/params/response_format has a JSON schema, which groq/llama-3.3-70b-versatile is not known to take; ask for ",
        ),
        (
            "azure/gpt5_series/mine",
            json!({"temperature": 0.3}),
            "/params/temperature can only be 1 for azure/mine; ",
        ),
        (
            "deepseek/m",
            json!({"thinking": {"type": "adaptive"}}),
            "/params/thinking has a value that is not known to deepseek/; ",
        ),
        (
            "openai/m",
            json!({"metadata": {"a": "b"}}),
            "/params/metadata is refused by openai/ unless /params/store is true; ",
        ),
    ] {
        let error = shaped(model, &params).unwrap_err();
        assert_eq!(error.code(), ErrorCode::Inputs);
        assert!(error.message().starts_with(message), "{error}");
    }
}

#[test]
fn what_is_not_taken_may_be_left_out() {
    #[rustfmt::skip]
    let cases = [
        ("perplexity/c", json!({"seed": 1, "drop_params": true}), json!({}), "", "seed"),
        ("perplexity/c", json!({"seed": 1, "n": 2, "a": 1, "drop_params": true}), json!({"a": 1}), "", "seed; n"),
        ("perplexity/c", json!({"seed": 1, "additional_drop_params": ["seed"]}), json!({}), "", "seed"),
        ("openai/m", json!({"tools": [1], "tool_choice": "auto", "additional_drop_params": ["tools"]}), json!({}), "tool_choice left out", "tools"),
        ("mistral/m", json!({"logit_bias": {}}), json!({}), "logit_bias left out", ""),
        ("openai/m", json!({"seed": 1, "additional_drop_params": ["seed"]}), json!({}), "", "seed"),
        ("openai/o3", json!({"temperature": 0, "drop_params": true}), json!({}), "", "temperature"),
        ("groq/zz", json!({"reasoning_effort": "low", "drop_params": true}), json!({}), "", "reasoning_effort"),
        ("groq/zz", json!({"reasoning_effort": "low"}), json!({"reasoning_effort": "low"}), "", ""),
        ("perplexity/c", json!({"n": 1, "seed": null, "store": true}), json!({}), "n left out; seed left out; store left out", ""),
        ("openai/o3", json!({"parallel_tool_calls": true}), json!({}), "parallel_tool_calls left out", ""),
        ("mistral/m", json!({"user": "u", "tools": []}), json!({}), "user left out; tools left out", ""),
    ];
    for (model, params, sent, changes, dropped) in cases {
        let shaped = shaped(model, &params).unwrap();
        let found = (
            Value::from(shaped.params),
            shaped.changes.join("; "),
            shaped.dropped.join("; "),
        );
        assert_eq!(
            found,
            (sent, changes.to_owned(), dropped.to_owned()),
            "{model} {params}"
        );
    }
}

#[test]
fn a_native_api_judges_messages_and_conditions_for_itself() {
    let params = json!({
        "messages": [{"role": "developer", "content": "hi"}], "metadata": {"a": "b"}, "logprobs": null,
    });
    let shaped = shaped_for(Api::OllamaChat, "openai/gpt-5", &params).unwrap();
    assert_eq!((Value::from(shaped.params), shaped.changes), (params, vec![]));
    let refused = shaped_for(Api::OllamaChat, "openai/gpt-5", &json!({"logprobs": true}));
    assert!(refused.is_err());
}

#[test]
fn a_native_api_is_not_asked_for_what_has_another_form() {
    for (name, start) in [
        ("tools", "/params/tools is not a list"),
        ("functions", "/params/functions is not a list"),
        ("response_format", "/params/response_format is not an object"),
    ] {
        let params = json!({ name: "x" });
        let error = shaped_for(Api::OpenAiResponses, "openai/gpt-4o", &params).unwrap_err();
        assert!(error.message().starts_with(start), "{error}");
    }
}

#[test]
fn parameters_are_renamed_where_they_stand() {
    #[rustfmt::skip]
    let cases = [
        ("mistral/a", r#"{"a":0,"seed":1,"b":2}"#, r#"{"a":0,"random_seed":1,"b":2}"#, "seed to random_seed"),
        ("mistral/a", r#"{"seed":1,"random_seed":2}"#, r#"{"random_seed":2}"#, "seed left out"),
        ("mistral/a", r#"{"seed":null}"#, r#"{"random_seed":null}"#, "seed to random_seed"),
        ("mistral/a", r#"{"max_tokens":1,"max_completion_tokens":2}"#, r#"{"max_tokens":2}"#, "max_tokens left out; max_completion_tokens to max_tokens"),
        ("openai/o3", r#"{"max_tokens":1,"max_completion_tokens":2}"#, r#"{"max_completion_tokens":2}"#, "max_tokens left out"),
        ("openai/o3", r#"{"max_tokens":1,"max_completion_tokens":null}"#, r#"{"max_completion_tokens":1}"#, "max_tokens to max_completion_tokens; max_completion_tokens left out"),
        ("openai/o3", r#"{"max_tokens":2,"seed":null}"#, r#"{"max_completion_tokens":2,"seed":null}"#, "max_tokens to max_completion_tokens"),
        ("openai/gpt-4o", r#"{"max_tokens":2}"#, r#"{"max_tokens":2}"#, ""),
        ("azure/my-gpt-5-deployment", r#"{"max_tokens":2}"#, r#"{"max_completion_tokens":2}"#, "max_tokens to max_completion_tokens"),
        ("groq/openai/gpt-oss-20b", r#"{"reasoning_effort":{"effort":"low","summary":"auto"}}"#, r#"{"reasoning_effort":"low"}"#, "reasoning_effort.effort to reasoning_effort; reasoning_effort.summary left out"),
        ("litellm_proxy/m", r#"{"reasoning_effort":{"effort":"low"}}"#, r#"{"reasoning_effort":{"effort":"low"}}"#, ""),
        ("azure/o_series/mine", r#"{"max_tokens":2}"#, r#"{"max_completion_tokens":2}"#, "max_tokens to max_completion_tokens"),
        ("azure/gpt5_series/gpt-4o", r#"{"max_tokens":2,"reasoning_effort":"low"}"#, r#"{"max_completion_tokens":2,"reasoning_effort":"low"}"#, "max_tokens to max_completion_tokens"),
        ("azure/gpt5_series/gpt-5.1", r#"{"reasoning_effort":"none"}"#, r#"{"reasoning_effort":"none"}"#, ""),
        ("mistral/m", r#"{"tools":[1],"tool_choice":"required"}"#, r#"{"tools":[1],"tool_choice":"any"}"#, "tool_choice required to any"),
        ("deepseek/m", r#"{"reasoning_effort":"none","b":1}"#, r#"{"thinking":{"type":"disabled"},"b":1}"#, "reasoning_effort to thinking"),
        ("deepseek/m", r#"{"reasoning_effort":"high"}"#, r#"{"reasoning_effort":"high","thinking":{"type":"enabled"}}"#, "thinking added"),
        ("groq/openai/gpt-oss-20b", r#"{"web_search_options":{"search_context_size":"low"},"tools":[1]}"#, r#"{"tools":[1,{"type":"browser_search"}]}"#, "web_search_options to tools; web_search_options.search_context_size left out"),
        ("groq/m", r#"{"stream":true,"response_format":{"type":"json_object"}}"#, r#"{"response_format":{"type":"json_object"}}"#, "stream left out"),
        ("groq/m", r#"{"stream":true,"response_format":{"type":"text"}}"#, r#"{"stream":true,"response_format":{"type":"text"}}"#, ""),
        ("mistral/m", r#"{"tools":[{"function":{"parameters":{"$id":"x"}}}]}"#, r#"{"tools":[{"function":{"parameters":{}}}]}"#, "tools.schema left out"),
        ("openai/m", r#"{"tools":[{"function":{"parameters":{"$id":"x"}}}],"stop":[]}"#, r#"{"tools":[{"function":{"parameters":{"$id":"x"}}}]}"#, "stop left out"),
        ("deepseek/m", r#"{"thinking":{"type":"enabled","budget_tokens":9}}"#, r#"{"thinking":{"type":"enabled"}}"#, "thinking.budget_tokens left out"),
    ];
    for (model, params, sent, changes) in cases {
        let shaped = shaped(model, &serde_json::from_str(params).unwrap()).unwrap();
        let found = (Value::from(shaped.params).to_string(), shaped.changes.join("; "));
        assert_eq!(found, (sent.to_owned(), changes.to_owned()), "{model} {params}");
    }
}
