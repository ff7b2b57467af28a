//! The caller's order of keys reaches the service, and the receipt says what was asked.

use runtime::Hasher;
use serde_json::{Value, json};
use support::{Answer, Server, Test};

use crate::{KEY, processor, service};

/// A model answers in the order of the schema's properties: it has to reason before it answers.
const REASONS_FIRST: &str = r#"{"type":"object","required":["reasoning","answer"],"properties":{"reasoning":{"type":"string"},"answer":{"type":"string"}}}"#;
const ANSWERS_FIRST: &str = r#"{"type":"object","required":["reasoning","answer"],"properties":{"answer":{"type":"string"},"reasoning":{"type":"string"}}}"#;

fn params(schema: &str) -> String {
    format!(
        r#"{{"messages":[{{"role":"user","content":"hi"}}],"temperature":0.00001,"response_format":{{"type":"json_schema","json_schema":{{"name":"x","schema":{schema}}}}},"tools":[{{"type":"function","function":{{"name":"f","parameters":{schema}}}}}]}}"#
    )
}

fn ask(server: &Server, model: &str, params: &str) -> Test {
    processor()
        .inputs(format!(
            r#"{{"mode":"real","params":{params},"model":"{model}"}}"#
        ))
        .env("OPENAI_BASE_URL", server.url("/v1"))
        .env("OPENAI_API_KEY", KEY)
        .env("MISTRAL_API_BASE", server.url("/v1"))
        .env("MISTRAL_API_KEY", KEY)
}

fn sha256(bytes: &[u8]) -> String {
    let mut hasher = Hasher::default();
    hasher.update(bytes);
    hasher.finish()
}

/// The body that is sent, and the receipt.
fn asked(model: &str, params: &str) -> (String, Value) {
    let server = service();
    let run = ask(&server, model, params).run();
    run.assert_success();
    let body = String::from_utf8(server.requests()[0].body.clone()).unwrap();
    (body, run.receipt())
}

#[test]
fn keys_are_sent_in_the_order_of_the_inputs() {
    let mut hashes = Vec::new();
    for schema in [REASONS_FIRST, ANSWERS_FIRST] {
        let params = params(schema);
        let (body, receipt) = asked("gpt-4o", &params);
        assert_eq!(
            body,
            format!(r#"{},"model":"gpt-4o"}}"#, params.strip_suffix('}').unwrap())
        );
        assert_eq!(receipt["extra"]["request_sha256"], sha256(body.as_bytes()));
        hashes.push((receipt["inputs_hash"].clone(), receipt["inputs_sha256"].clone()));
    }
    let [first, second] = hashes.as_slice() else {
        panic!("two runs")
    };
    assert_eq!(first.0, second.0);
    assert_ne!(first.1, second.1);
}

#[test]
fn removing_or_renaming_a_key_moves_no_other() {
    for (model, params, sent) in [
        (
            "openai/gpt-4o",
            r#"{"timeout":9,"zeta":1,"num_retries":0,"messages":[],"headers":{"X-A":"b"},"alpha":2,"fallbacks":[],"mid":{"b":1,"a":2},"organization":"o"}"#,
            r#"{"zeta":1,"messages":[],"alpha":2,"mid":{"b":1,"a":2},"model":"gpt-4o"}"#,
        ),
        (
            "openai/o3",
            r#"{"zeta":1,"max_tokens":5,"messages":[],"alpha":2}"#,
            r#"{"zeta":1,"max_completion_tokens":5,"messages":[],"alpha":2,"model":"o3"}"#,
        ),
        (
            "mistral/a",
            r#"{"zeta":1,"seed":5,"messages":[],"alpha":2}"#,
            r#"{"zeta":1,"random_seed":5,"messages":[],"alpha":2,"model":"a"}"#,
        ),
    ] {
        assert_eq!(asked(model, params).0, sent);
    }
}

#[test]
fn the_request_of_the_receipt_is_the_one_that_was_answered() {
    let (first, second) = (Server::always(Answer::new(503, "")), service());
    let inputs = r#"{"mode":"real","model":"openai/o3","params":{"messages":[],"max_tokens":7,"num_retries":0,"fallbacks":["mistral/m"],"seed":1}}"#;
    let run = ask(&first, "x", "{}")
        .inputs(inputs)
        .env("MISTRAL_API_BASE", second.url("/v1"))
        .run();
    run.assert_success();
    let body = &second.requests()[0].body;
    assert_eq!(
        String::from_utf8_lossy(body),
        r#"{"messages":[],"max_tokens":7,"random_seed":1,"model":"m"}"#
    );
    assert_eq!(run.receipt()["extra"]["request_sha256"], sha256(body));
}

#[test]
fn numbers_are_written_as_rfc_8785_has_them() {
    let (body, _) = asked("m", r#"{"messages":[],"a":1e-5,"b":1.0,"c":1E-7,"d":0.10}"#);
    assert_eq!(
        body,
        r#"{"messages":[],"a":0.00001,"b":1,"c":1e-7,"d":0.1,"model":"m"}"#
    );
}

#[test]
fn secrets_of_the_body_are_sent_and_hashed_as_they_are_written() {
    let server = service();
    let params =
        r#"{"messages":[],"tools":[{"type":"mcp","headers":{"Authorization":{"$secret":"MCP_TOKEN"}}}]}"#;
    let run = ask(&server, "gpt-4o", params).env("MCP_TOKEN", "Bearer sk-mcp-0123456789");
    let run = run.run();
    run.assert_success().assert_nowhere("sk-mcp-0123456789");
    assert_eq!(
        server.requests()[0].json()["tools"][0]["headers"],
        json!({"Authorization": "Bearer sk-mcp-0123456789"})
    );
    let written = format!(r#"{},"model":"gpt-4o"}}"#, params.strip_suffix('}').unwrap());
    assert_eq!(
        run.receipt()["extra"]["request_sha256"],
        sha256(written.as_bytes())
    );
}

#[test]
fn a_secret_of_the_body_goes_to_nobody_else() {
    let (first, second) = (service(), service());
    let inputs = |fallback: &str, secret: &str| {
        json!({"mode": "real", "model": "gpt-4o", "params": {"messages": [], "fallbacks": [fallback], "x": {"$secret": secret}}}).to_string()
    };
    for (fallback, secret, code, status) in [
        ("mistral/m", "MCP_TOKEN", "ERR_INPUTS", 3),
        ("openai/gpt-4", "OPENAI_API_KEY", "ERR_INPUTS", 3),
        ("openai/gpt-4", "NOT_SET", "ERR_MISSING_SECRET", 6),
    ] {
        let run = ask(&first, "x", "{}")
            .inputs(inputs(fallback, secret))
            .env("MISTRAL_API_BASE", second.url("/v1"))
            .env("MCP_TOKEN", "sk-mcp-0123456789")
            .run();
        run.assert_failure(code, status);
        run.assert_message("/params/");
    }
    assert!(first.requests().is_empty() && second.requests().is_empty());
    ask(&first, "x", "{}")
        .inputs(inputs("openai/gpt-4", "MCP_TOKEN"))
        .env("MCP_TOKEN", "sk-mcp-0123456789")
        .run()
        .assert_success();
}
