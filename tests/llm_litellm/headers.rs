//! Headers of the caller's own, and what must never be one.

use serde_json::{Value, json};
use support::{Answer, Server, Test};

use crate::{KEY, processor, real_at, service};

fn ask(server: &Server, params: Value) -> Test {
    real_at(&server.url("/v1"), params).env("GATEWAY_KEY", "gw-secret-0123456789")
}

#[test]
fn sends_texts_and_secrets() {
    let server = service();
    let headers = json!({"X-Title": "née", "HTTP-Referer": "https://example.com", "Helicone-Auth": {"$secret": "GATEWAY_KEY"}, "x-empty": ""});
    ask(&server, json!({"headers": headers}))
        .env("LOG_LEVEL", "trace")
        .run()
        .assert_success()
        .assert_nowhere("gw-secret-0123456789");
    let request = &server.requests()[0];
    for (name, value) in [
        ("x-title", "née"),
        ("http-referer", "https://example.com"),
        ("helicone-auth", "gw-secret-0123456789"),
        ("x-empty", ""),
        ("authorization", &format!("Bearer {KEY}")),
    ] {
        assert_eq!(request.header(name), Some(value.as_bytes()), "{name}");
    }
    assert_eq!(request.json().get("headers"), None);
    // an empty value is no header
    for params in [json!({"headers": null}), json!({"headers": {}})] {
        ask(&server, params).run().assert_success();
    }
}

#[test]
fn refuses_reserved_headers_by_name() {
    let server = service();
    for name in [
        "Authorization",
        "PROXY-Authorization",
        "api-key",
        "X-Api-Key",
        "X_API_Key",
        "x-goog-api-key",
        "Cookie",
        "Set-Cookie",
        "Host",
        "Connection",
        "Keep-Alive",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "Expect",
        "Proxy-Connection",
        "Content-Length",
        "content-type",
        "Content-Encoding",
        "Accept-Encoding",
        "Range",
    ] {
        for value in [json!("val-secret-1"), json!({"$secret": "GATEWAY_KEY"})] {
            let run = ask(&server, json!({"headers": {name: value}})).run();
            run.assert_failure("ERR_INPUTS", 3).assert_nowhere("val-secret-1");
            assert!(
                run.message()
                    .starts_with(&format!("/params/headers/{name} is not sent, as ")),
                "{run:?}"
            );
        }
    }
    assert!(server.requests().is_empty());
}

#[test]
fn refuses_invalid_header_values_without_showing_them() {
    let server = service();
    for (headers, told) in [
        (json!("val-secret-1"), "/params/headers is not an object"),
        (json!(["val-secret-1"]), "/params/headers is not an object"),
        (json!({"val secret-1": "x"}), "/params/headers has a name"),
        (json!({"": "x"}), "/params/headers has a name"),
        (json!({":path": "x"}), "/params/headers has a name"),
        (json!({"X-É": "x"}), "/params/headers has a name"),
        (
            json!({"X-A": "val-secret-1\r\nX-B: y"}),
            "/params/headers/X-A holds a character",
        ),
        (
            json!({"X-A": "val-secret-1\u{0}"}),
            "/params/headers/X-A holds a character",
        ),
        (
            json!({"X-A": "val-secret-1\tb"}),
            "/params/headers/X-A holds a character",
        ),
        (json!({"X-A": 7}), "/params/headers/X-A is neither a string nor"),
        (
            json!({"X-A": null}),
            "/params/headers/X-A is neither a string nor",
        ),
        (
            json!({"X-A": ["val-secret-1"]}),
            "/params/headers/X-A is neither a string nor",
        ),
        (
            json!({"X-A": {"$secret": 7}}),
            "/params/headers/X-A is neither a string nor",
        ),
        (
            json!({"X-A": {"$secret": "GATEWAY_KEY", "x": 1}}),
            "/params/headers/X-A is neither a string nor",
        ),
        (
            json!({"X-A": {"$secret": "val-secret-1"}}),
            "/params/headers/X-A does not name a secret",
        ),
        (
            json!({"X-A": {"$secret": "OPENAI_API_KEY"}}),
            "/params/headers/X-A names a provider's own key",
        ),
        (
            json!({"X-A": "1", "x-a": "2"}),
            "/params/headers/x-a is given by /params/headers/X-A too",
        ),
    ] {
        let run = ask(&server, json!({"headers": headers})).run();
        run.assert_failure("ERR_INPUTS", 3).assert_nowhere("val-secret-1");
        assert!(run.message().starts_with(told), "{run:?}");
    }
    let many: serde_json::Map<_, _> = (0..65).map(|n| (format!("x-{n}"), json!("y"))).collect();
    let run = ask(&server, json!({"headers": many})).run();
    run.assert_failure("ERR_INPUTS", 3);
    let run = ask(&server, json!({"headers": {"X-A": {"$secret": "NOT_SET"}}})).run();
    run.assert_failure("ERR_MISSING_SECRET", 6);
    run.assert_message("NOT_SET");
    let broken = ask(&server, json!({"headers": {"X-A": {"$secret": "GATEWAY_KEY"}}}))
        .env("GATEWAY_KEY", "a-secret\nvalue");
    let run = broken.run();
    run.assert_failure("ERR_MISSING_SECRET", 6)
        .assert_nowhere("a-secret");
    assert!(server.requests().is_empty());
}

#[test]
fn an_answer_that_repeats_a_secret_header_is_not_kept() {
    let body = json!({"choices": [{"message": {"content": "you sent gw-secret-0123456789"}}]});
    let server = Server::always(Answer::json(200, &body));
    let run = ask(&server, json!({"headers": {"X-A": {"$secret": "GATEWAY_KEY"}}})).run();
    run.assert_failure("ERR_OUTPUT_SECRET", 23)
        .assert_nowhere("gw-secret-0123456789");
}

#[test]
fn headers_go_to_no_other_host() {
    let (first, second) = (Server::always(Answer::new(503, "")), service());
    for (base, same) in [(first.url("/groq"), true), (second.url("/groq"), false)] {
        let params = json!({"headers": {"X-Gateway": {"$secret": "GATEWAY_KEY"}}, "organization": "org-1", "num_retries": 0, "fallbacks": ["groq/m"]});
        let _ = ask(&first, params)
            .env("GROQ_API_BASE", base)
            .env("GROQ_API_KEY", "gsk-0123456789")
            .run();
        let server = if same { &first } else { &second };
        let requests = server.requests();
        let fallback = requests.last().unwrap();
        assert_eq!(fallback.path, "/groq/chat/completions");
        for name in ["x-gateway", "openai-organization"] {
            assert_eq!(fallback.header(name).is_some(), same, "{name}");
        }
    }
}

#[test]
fn sends_openais_account_headers() {
    let account = json!({"organization": "org-1", "project": "proj-1"});
    let server = service();
    ask(&server, account.clone()).run().assert_success();
    let elsewhere = json!({"mode": "real", "model": "groq/m", "params": {
        "messages": [], "organization": "org-1", "project": "proj-1", "api_base": server.url("/mine"), "api_key_env": "GATEWAY_KEY",
    }});
    ask(&server, json!({}))
        .inputs(elsewhere.to_string())
        .run()
        .assert_success();
    for request in server.requests() {
        assert_eq!(request.header("openai-organization"), Some(b"org-1".as_slice()));
        assert_eq!(request.header("openai-project"), Some(b"proj-1".as_slice()));
        assert!(request.json().get("organization").is_none() && request.json().get("project").is_none());
    }
    for (model, params, told) in [
        (
            "groq/m",
            json!({"organization": "org-1"}),
            "/params/organization selects an account at OpenAI, and the model is at groq/",
        ),
        (
            "azure/m",
            json!({"project": "proj-1"}),
            "/params/project selects an account at OpenAI, and the model is at azure/",
        ),
        (
            "gpt-4o",
            json!({"project": 7}),
            "/params/project is neither a string nor",
        ),
        (
            "gpt-4o",
            json!({"organization": "a\nb"}),
            "/params/organization holds a character",
        ),
        (
            "gpt-4o",
            json!({"organization": "a", "headers": {"OpenAI-Organization": "b"}}),
            "/params/headers/OpenAI-Organization is given by /params/organization too",
        ),
    ] {
        let mut inputs = json!({"mode": "real", "model": model, "params": {"messages": []}});
        inputs["params"]
            .as_object_mut()
            .unwrap()
            .extend(params.as_object().unwrap().clone());
        let run = processor()
            .inputs(inputs.to_string())
            .env("OPENAI_BASE_URL", server.url("/v1"))
            .env("OPENAI_API_KEY", KEY)
            .env("GROQ_API_KEY", KEY)
            .env("AZURE_API_KEY", KEY)
            .env("AZURE_API_BASE", server.url(""))
            .run();
        run.assert_failure("ERR_INPUTS", 3);
        assert!(run.message().starts_with(told), "{run:?}");
    }
    assert_eq!(server.requests().len(), 2);
}
