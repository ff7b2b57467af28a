//! What becomes of parameters that not every service takes.

use serde_json::{Value, json};
use support::{Answer, Finished, Server};

use crate::{KEY, native, processor, service};

/// The variables of the addresses and the keys.
const SERVICES: [(&str, &str); 7] = [
    ("OPENAI_BASE_URL", "OPENAI_API_KEY"),
    ("AZURE_API_BASE", "AZURE_API_KEY"),
    ("DEEPSEEK_API_BASE", "DEEPSEEK_API_KEY"),
    ("GROQ_API_BASE", "GROQ_API_KEY"),
    ("LITELLM_PROXY_API_BASE", "LITELLM_PROXY_API_KEY"),
    ("MISTRAL_API_BASE", "MISTRAL_API_KEY"),
    ("MOONSHOT_API_BASE", "MOONSHOT_API_KEY"),
];

/// A run with this model and these parameters, beside one message.
fn ask(server: &Server, model: &str, params: &Value) -> Finished {
    let mut all = json!({"messages": [{"role": "user", "content": "hi"}]});
    let members = all.as_object_mut().unwrap();
    members.extend(params.as_object().unwrap().clone());
    let inputs = json!({"mode": "real", "model": model, "params": all});
    let mut test = processor()
        .inputs(inputs.to_string())
        .env("MCP_TOKEN", "sk-mcp-0123456789");
    for (address, key) in SERVICES {
        let end = if address.starts_with("AZURE") { "" } else { "/v1" };
        test = test.env(address, server.url(end)).env(key, KEY);
    }
    test.run()
}

/// What is sent beside the messages and the model, and what the receipt says of it.
fn sent(model: &str, params: &Value) -> (Value, Value) {
    let server = service();
    let run = ask(&server, model, params);
    run.assert_success();
    let mut body = server.requests()[0].json();
    let members = body.as_object_mut().unwrap();
    members.remove("model");
    members.remove("messages");
    (body, run.receipt()["extra"].clone())
}

#[test]
fn what_a_service_does_not_take_is_refused_before_anything_is_paid() {
    let server = service();
    #[rustfmt::skip]
    let cases = [
        ("mistral/m", json!({"logit_bias": {"1": 1}}), "/params/logit_bias is not known to mistral/; leave it out, set /params/drop_params to true, or send it in /params/extra_body"),
        ("groq/m", json!({"n": 2}), "/params/n can only be 1 for groq/; "),
        ("openai/o3", json!({"temperature": 0.2}), "/params/temperature can only be 1 for openai/o3; "),
        ("openai/gpt-5.5", json!({"temperature": 0.2}), "/params/temperature is known to openai/gpt-5.5 only where /params/reasoning_effort is none; "),
        ("azure/gpt5_series/mine", json!({"temperature": 0.2}), "/params/temperature can only be 1 for azure/mine; "),
        ("azure/gpt-35-turbo", json!({"response_format": {"type": "json_schema", "json_schema": {}}}), "/params/response_format has a JSON schema, which azure/gpt-35-turbo is not known to take; "),
        ("moonshot/kimi-k2.5", json!({"top_p": 0.5}), "/params/top_p can only be 0.95 for moonshot/kimi-k2.5; "),
        ("azure/my-o3-deployment", json!({"top_p": 0.2}), "/params/top_p is not known to azure/my-o3-deployment; "),
        ("moonshot/m", json!({"tools": [{}], "tool_choice": "required"}), "/params/tool_choice has a value that is not known to moonshot/; "),
        ("openai/gpt-4o", json!({"metadata": {"a": "b"}}), "/params/metadata is refused by openai/ unless /params/store is true; "),
        ("groq/llama-3.1-8b-instant", json!({"response_format": {"type": "json_schema", "json_schema": {}}}), "/params/response_format has a JSON schema, which groq/llama-3.1-8b-instant is not known to take; "),
        // on the day it is needed, a fallback would fail
        ("openai/gpt-4o", json!({"logit_bias": {"1": 1}, "fallbacks": ["groq/m", "mistral/m"]}), "/params/logit_bias is not known to groq/; "),
        ("openai/gpt-4o", json!({"extra_body": {"model": "m"}}), "/params/extra_body/model "),
        ("openai/gpt-4o", json!({"extra_body": "x"}), "/params/extra_body "),
        ("openai/gpt-4o", json!({"drop_params": "yes"}), "/params/drop_params "),
        ("openai/gpt-4o", json!({"additional_drop_params": "seed"}), "/params/additional_drop_params "),
    ];
    for (model, params, message) in cases {
        let run = ask(&server, model, &params);
        run.assert_failure("ERR_INPUTS", 3);
        assert!(run.message().starts_with(message), "{params}: {}", run.message());
    }
    assert!(server.requests().is_empty());
}

#[test]
fn a_caller_may_leave_out_what_a_service_does_not_take() {
    for (model, params, expected, dropped) in [
        (
            "mistral/m",
            json!({"logit_bias": {"1": 1}, "top_p": 0.5, "logprobs": true, "drop_params": true}),
            json!({"top_p": 0.5}),
            "logit_bias; logprobs",
        ),
        (
            "openai/o3",
            json!({"temperature": 0, "seed": 1, "drop_params": true}),
            json!({"seed": 1}),
            "temperature",
        ),
        (
            "openai/gpt-4o",
            json!({"tools": [{}], "tool_choice": "auto", "parallel_tool_calls": false, "additional_drop_params": ["tools"]}),
            json!({}),
            "tools",
        ),
        (
            "openai/gpt-4o",
            json!({"stream": true, "stream_options": {"include_usage": true}, "additional_drop_params": ["stream_options"]}),
            json!({"stream": true}),
            "stream_options",
        ),
        (
            "openai/gpt-4o",
            json!({"seed": 1, "user": "u", "additional_drop_params": ["seed"]}),
            json!({"user": "u"}),
            "seed",
        ),
    ] {
        let (body, extra) = sent(model, &params);
        assert_eq!((body, &extra["dropped"]), (expected, &json!(dropped)), "{params}");
    }
    let (body, extra) = sent("openai/gpt-4o", &json!({"seed": 1, "drop_params": true}));
    assert_eq!((body, &extra["dropped"]), (json!({"seed": 1}), &Value::Null));
}

#[test]
fn what_is_changed_for_a_service_is_told() {
    let tools = json!([{"type": "function", "function": {"name": "f"}}]);
    #[rustfmt::skip]
    let cases = [
        ("mistral/m", json!({"user": "u", "metadata": {}, "store": true, "tools": []}), json!({}), "user left out; metadata left out; store left out; tools left out"),
        ("groq/openai/gpt-oss-20b", json!({"web_search_options": {}, "tools": tools}), json!({"tools": [tools[0], {"type": "browser_search"}]}), "web_search_options to tools"),
        ("groq/m", json!({"stream": true, "response_format": {"type": "json_object"}}), json!({"response_format": {"type": "json_object"}}), "stream left out"),
        ("azure/o_series/mine", json!({"max_tokens": 5}), json!({"max_completion_tokens": 5}), "max_tokens to max_completion_tokens"),
        ("deepseek/m", json!({"reasoning_effort": {"effort": "low"}, "thinking": {"type": "enabled"}}), json!({"reasoning_effort": "low", "thinking": {"type": "enabled"}}), "reasoning_effort.effort to reasoning_effort"),
        ("mistral/m", json!({"tools": tools, "tool_choice": "required"}), json!({"tools": tools, "tool_choice": "any"}), "tool_choice required to any"),
        ("mistral/m", json!({"max_completion_tokens": 5, "logprobs": false}), json!({"max_tokens": 5}), "max_completion_tokens to max_tokens; logprobs left out"),
        ("mistral/m", json!({"stream_options": {"include_usage": false}, "stop": []}), json!({"stream_options": {"include_usage": false}}), "stop left out"),
        ("azure/o3-mini", json!({"max_tokens": 5}), json!({"max_completion_tokens": 5}), "max_tokens to max_completion_tokens"),
        ("deepseek/deepseek-chat", json!({"reasoning_effort": "none"}), json!({"thinking": {"type": "disabled"}}), "reasoning_effort to thinking"),
        ("openai/gpt-4o", json!({"tool_choice": "auto"}), json!({}), "tool_choice left out"),
        ("groq/m", json!({"n": 1, "logprobs": null, "unheard_of": null}), json!({"n": 1, "unheard_of": null}), "logprobs left out"),
    ];
    for (model, params, expected, changed) in cases {
        let (body, extra) = sent(model, &params);
        assert_eq!(
            (body, &extra["changed"]),
            (expected, &json!(changed)),
            "{model} {params}"
        );
    }
}

#[test]
fn messages_are_sent_as_each_service_takes_them() {
    let server = service();
    let messages = json!([
        {"role": "developer", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b", "cache_control": {}}]},
        {"role": "user", "name": "n", "content": "hi"},
        {"role": "assistant", "content": "x", "refusal": null, "reasoning_content": "r", "thinking_blocks": []},
        {"role": "user", "content": [{"type": "image_url", "image_url": "https://example.com/a.png"}]},
    ]);
    let run = ask(&server, "mistral/m", &json!({"messages": messages}));
    run.assert_success();
    assert_eq!(
        server.requests()[0].json()["messages"],
        json!([
            {"role": "system", "content": "ab"},
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": "x"},
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]},
        ])
    );
    let changed = run.receipt()["extra"]["changed"].as_str().unwrap().to_owned();
    let mut changes: Vec<_> = changed.split("; ").collect();
    changes.sort_unstable();
    assert_eq!(
        changes,
        [
            "developer to system",
            "messages.cache_control left out",
            "messages.content to string",
            "messages.image_url to object",
            "messages.name left out",
            "messages.null left out",
            "messages.reasoning_content left out",
            "messages.thinking_blocks left out",
        ]
    );
    let server = service();
    let messages =
        json!([{"role": "developer", "content": "a"}, {"role": "user", "content": "hi", "name": "n"}]);
    ask(&server, "openai/gpt-4o", &json!({"messages": messages})).assert_success();
    assert_eq!(server.requests()[0].json()["messages"], messages);
}

#[test]
fn members_of_the_body_are_merged_last() {
    let server = service();
    let params = json!({
        "top_p": 0.5, "seed": 1,
        "extra_body": {"top_p": 1, "logit_bias": {"1": 1}, "headers": {"a": {"$secret": "MCP_TOKEN"}}},
    });
    let run = ask(&server, "mistral/m", &params);
    run.assert_success().assert_nowhere("sk-mcp-0123456789");
    let body = String::from_utf8(server.requests()[0].body.clone()).unwrap();
    assert_eq!(
        body,
        r#"{"messages":[{"role":"user","content":"hi"}],"top_p":1,"random_seed":1,"logit_bias":{"1":1},"headers":{"a":"sk-mcp-0123456789"},"model":"m"}"#
    );
}

#[test]
fn a_fallback_has_changes_of_its_own() {
    let server = Server::script([
        Answer::new(503, ""),
        Answer::json(200, &json!({"choices": [{"message": {"content": "hello"}}]})),
    ]);
    let params = json!({
        "messages": [{"role": "developer", "content": "hi"}], "num_retries": 0, "seed": 1, "logprobs": true, "drop_params": true,
        "fallbacks": ["mistral/m"],
    });
    let run = ask(&server, "openai/gpt-4o", &params);
    run.assert_success();
    let requests = server.requests();
    let role = |index: usize| requests[index].json()["messages"][0]["role"].clone();
    assert_eq!((role(0), role(1)), (json!("developer"), json!("system")));
    let extra = &run.receipt()["extra"];
    assert_eq!(extra["changed"], "seed to random_seed; developer to system");
    assert_eq!(extra["dropped"], "logprobs");
}

#[test]
fn a_litellm_proxy_drops_for_itself() {
    let params =
        json!({"drop_params": true, "additional_drop_params": ["x"], "thinking": {"type": "enabled"}});
    let (body, extra) = sent("litellm_proxy/m", &params);
    assert_eq!((body, &extra["changed"]), (params, &Value::Null));
}

#[test]
fn an_answer_is_read_by_what_was_sent() {
    let call = json!({"functionCall": {"name": "f", "args": {}}});
    let answer =
        json!({"candidates": [{"content": {"role": "model", "parts": [call]}, "finishReason": "STOP"}]});
    let server = Server::always(Answer::json(200, &answer));
    let run = |drop: Value| {
        let params = json!({
            "functions": [{"name": "f", "parameters": {"type": "object"}}], "additional_drop_params": drop,
        });
        native::ask(
            "gemini/gemini-2.5-flash",
            json!([{"role": "user", "content": "hi"}]),
            params,
        )
        .env("GEMINI_API_BASE", server.url(""))
        .env("GEMINI_API_KEY", KEY)
        .run()
    };
    let message = |drop: Value| native::completion(&run(drop))["choices"][0]["message"].clone();
    assert_eq!(message(json!([]))["function_call"]["name"], "f");
    assert_eq!(
        message(json!(["functions"]))["tool_calls"][0]["function"]["name"],
        "f"
    );

    let usage = json!({"prompt_tokens": 1_000_000, "completion_tokens": 0, "total_tokens": 1_000_000});
    let server = Server::always(Answer::json(
        200,
        &json!({"model": "gpt-5", "choices": [], "usage": usage}),
    ));
    let cost = |params: Value| ask(&server, "openai/gpt-5", &params).receipt()["usage"]["cost_usd"].clone();
    let flex = cost(json!({"service_tier": "flex"}));
    let list = cost(json!({"service_tier": "flex", "additional_drop_params": ["service_tier"]}));
    assert_eq!((flex, list), (json!(0.625), json!(1.25)));
}
