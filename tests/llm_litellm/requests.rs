//! What is sent, and what is not.

use serde_json::{Value, json};
use support::{Answer, Server};

use crate::{KEY, processor, real, real_at, service};

#[test]
fn parameters_are_passed_on_as_given() {
    let params = json!({
        "messages": [{"role": "user", "content": [{"type": "text", "text": "é\"\n"}], "name": "x"}],
        "temperature": 0.1, "seed": 9_007_199_254_740_991_u64, "max_tokens": 5, "stop": null, "n": 1e-7,
        "stream": false, "unheard_of": {"deep": [true, {"$file": "not alone", "x": 1}]},
    });
    let server = service();
    real_at(&server.url("/v1/"), params.clone())
        .run()
        .assert_success();
    let request = &server.requests()[0];
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("POST", "/v1/chat/completions")
    );
    let mut expected = params;
    expected["model"] = "gpt-4o-mini".into();
    assert_eq!(request.json(), expected);
    assert_eq!(
        request.header("authorization"),
        Some(format!("Bearer {KEY}").as_bytes())
    );
    assert_eq!(
        request.header("content-type"),
        Some(b"application/json".as_slice())
    );
}

#[test]
fn the_model_is_the_one_of_the_inputs() {
    for (model, sent) in [
        ("openai/gpt-5", "gpt-5"),
        ("gpt-5", "gpt-5"),
        ("openai/meta/llama-3", "meta/llama-3"),
    ] {
        let server = service();
        let inputs = json!({"mode": "real", "model": model, "params": {"messages": []}});
        real(&server).inputs(inputs.to_string()).run().assert_success();
        assert_eq!(
            server.requests()[0].json(),
            json!({"messages": [], "model": sent})
        );
    }
}

#[test]
fn only_two_variables_name_the_service() {
    let (first, second) = (service(), service());
    real(&first)
        .env("OPENAI_API_BASE", second.url("/v1"))
        .env("OPENAI_ORG_ID", "org-1")
        .env("OPENAI_PROJECT_ID", "proj-1")
        .env("OPENAI_ADMIN_KEY", "sk-admin-0123456789")
        .run()
        .assert_success();
    let request = &first.requests()[0];
    assert!(
        request
            .headers
            .iter()
            .all(|(name, _)| !name.starts_with("openai")),
        "{request:?}"
    );
    assert!(second.requests().is_empty());
    real(&first)
        .env("OPENAI_BASE_URL", " ")
        .env("OPENAI_API_BASE", second.url(""))
        .run()
        .assert_success();
    assert_eq!(second.requests()[0].path, "/chat/completions");
}

#[test]
fn inputs_that_cannot_be_sent_are_refused() {
    let server = service();
    for (params, named) in [
        (json!({}), "/params/messages"),
        (json!({"messages": {"role": "user"}}), "/params/messages"),
        (json!({"messages": [], "model": "gpt-4o"}), "/params/model"),
        (json!({"messages": [], "num_retries": "2"}), "/params/num_retries"),
        (json!({"messages": [], "timeout": 0}), "/params/timeout"),
        (
            json!({"messages": [], "fallbacks": "groq/x"}),
            "/params/fallbacks",
        ),
        (
            json!({"messages": [], "fallbacks": ["x/y"]}),
            "/params/fallbacks/0",
        ),
        (
            json!({"messages": [{"a/b~": {"$file": "x"}}]}),
            "/params/messages/0/a~1b~0 ",
        ),
        (
            json!({"messages": [], "user": {"$file": 1}}),
            "/params/user/$file ",
        ),
    ] {
        let inputs = json!({"mode": "real", "params": params});
        let run = real(&server).inputs(inputs.to_string()).run();
        run.assert_failure("ERR_INPUTS", 3);
        run.assert_message(named);
    }
    assert!(server.requests().is_empty());
}

/// A key in the body would stand in the service's logs.
#[test]
fn refuses_parameters_of_litellm_itself() {
    let server = service();
    for (name, way_out) in [
        ("api_key", "/params/api_key_env"),
        ("extra_headers", "/params/headers"),
        ("base_url", "/params/api_base"),
        ("max_retries", "/params/num_retries"),
        ("allowed_openai_params", "/params/extra_body"),
        ("request_timeout", "/params/timeout"),
        ("api_version", "AZURE_API_VERSION"),
        ("custom_llm_provider", "/model"),
        ("model_kwargs", "/params/extra_body"),
        ("mock_response", "/mode"),
    ] {
        // before the key is missing: whoever puts it here has none
        let inputs = json!({"mode": "real", "params": {"messages": [], name: "sk-not-to-be-shown"}});
        let run = processor().inputs(inputs.to_string()).run();
        run.assert_failure("ERR_INPUTS", 3)
            .assert_nowhere("sk-not-to-be-shown");
        let message = run.message();
        assert!(
            message.starts_with(&format!("/params/{name} ")) && message.contains(way_out),
            "{run:?}"
        );
    }
    let absent =
        json!({"mock_response": null, "tags": null, "api_key": null, "base_url": null, "api_base": null});
    real_at(&server.url("/v1"), absent.clone()).run().assert_success();
    let sent = server.requests()[0].json();
    let names = absent.as_object().unwrap();
    assert!(names.keys().all(|name| sent.get(name).is_none()), "{sent}");
    let own = json!({"metadata": {"a": "b"}, "user": "u", "store": true});
    real_at(&server.url("/v1"), own.clone()).run().assert_success();
    let sent = server.requests()[1].json();
    for name in ["metadata", "user", "store"] {
        assert_eq!(sent[name], own[name]);
    }
}

#[test]
fn a_litellm_proxy_gets_what_it_reads_itself() {
    let server = service();
    let ask = |params: Value| {
        let inputs = json!({"mode": "real", "model": "litellm_proxy/m", "params": params});
        processor()
            .inputs(inputs.to_string())
            .env("LITELLM_PROXY_API_BASE", server.url(""))
            .env("LITELLM_PROXY_API_KEY", KEY)
            .env("GROQ_API_KEY", KEY)
            .run()
    };
    ask(json!({"messages": [], "tags": ["a"], "drop_params": true})).assert_success();
    assert_eq!(
        server.requests()[0].json(),
        json!({"messages": [], "tags": ["a"], "drop_params": true, "model": "m"})
    );
    for params in [
        json!({"messages": [], "api_key": "sk-1"}),
        json!({"messages": [], "tags": ["a"], "fallbacks": ["groq/m"]}),
    ] {
        ask(params).assert_failure("ERR_INPUTS", 3);
    }
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_stream_is_asked_for_its_usage_where_the_caller_says_nothing() {
    let ours = json!({"include_usage": true});
    for (model, options, sent) in [
        ("openai/m", None, Some(ours.clone())),
        ("openai/m", Some(Value::Null), Some(Value::Null)),
        (
            "openai/m",
            Some(json!({"include_usage": false})),
            Some(json!({"include_usage": false})),
        ),
        ("mistral/m", None, None),
        ("mistral/m", Some(Value::Null), Some(Value::Null)),
        ("mistral/m", Some(ours.clone()), Some(ours)),
        ("perplexity/m", None, None),
    ] {
        let server = service();
        let mut params = json!({"messages": [], "stream": true});
        if let Some(options) = options {
            params["stream_options"] = options;
        }
        let inputs = json!({"mode": "real", "model": model, "params": params});
        let run = real(&server)
            .inputs(inputs.to_string())
            .env("MISTRAL_API_BASE", server.url("/v1"))
            .env("MISTRAL_API_KEY", KEY)
            .env("PERPLEXITY_API_BASE", server.url("/v1"))
            .env("PERPLEXITY_API_KEY", KEY)
            .run();
        run.assert_success();
        assert_eq!(
            server.requests()[0].json().get("stream_options"),
            sent.as_ref(),
            "{inputs}"
        );
    }
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    for base in [
        "localhost:4000",
        "ftp://127.0.0.1/v1",
        "http://user:password-1@127.0.0.1/v1",
        "http://127.0.0.1/v1?key=password-1",
    ] {
        let run = real_at(base, json!({})).run();
        run.assert_failure("ERR_USAGE", 2).assert_nowhere("password-1");
        assert!(run.message().starts_with("OPENAI_BASE_URL "), "{run:?}");
    }
}

#[test]
fn real_mode_needs_a_key_that_a_header_can_carry() {
    let server = service();
    let inputs = r#"{"mode":"real","params":{"messages":[]}}"#;
    let without = processor()
        .inputs(inputs)
        .env("OPENAI_BASE_URL", server.url("/v1"))
        .run();
    let blank = real(&server).env("OPENAI_API_KEY", " \n").run();
    let broken = real(&server).env("OPENAI_API_KEY", "sk-one\nsk-two").run();
    for run in [without, blank, broken] {
        run.assert_failure("ERR_MISSING_SECRET", 6)
            .assert_nowhere("sk-one");
        run.assert_message("OPENAI_API_KEY");
    }
    assert!(server.requests().is_empty());
    // as `$(cat file)` in quotes would not leave it, but many a secret store does
    real(&server)
        .env("OPENAI_API_KEY", format!("{KEY}\n"))
        .run()
        .assert_success();
}

#[test]
fn real_mode_is_refused_under_ci() {
    let server = service();
    for ci in ["1", "true", "yes"] {
        real(&server)
            .env("CI", ci)
            .run()
            .assert_failure("ERR_CI_SAFETY", 4);
    }
    assert!(server.requests().is_empty());
}

#[test]
fn no_redirect_is_followed() {
    let elsewhere = service();
    for status in [301, 302, 307, 308] {
        let to = elsewhere.url("/v1/chat/completions");
        let server = Server::always(Answer::json(status, &Value::Null).header("location", &to));
        let run = real(&server).run();
        run.assert_failure("ERR_PROVIDER_RESPONSE", 14);
        assert!(run.message().contains(&status.to_string()), "{run:?}");
    }
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn a_model_that_no_inputs_name_is_reported() {
    let server = service();
    let run = real(&server).run();
    run.assert_success();
    assert_eq!(server.requests()[0].json()["model"], "gpt-4o-mini");
    let changed = &run.receipt()["extra"]["changed"];
    assert_eq!(changed, "model openai/gpt-4o-mini added");
}
