//! Amazon Bedrock's Converse API.

mod answers;
mod history;
mod makers;
mod parts;
mod requests;
mod tools;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use support::{Request, Server, Test};

use crate::native::ask;
use crate::service;

const TOKEN: &str = "bedrock-api-key-0123456789abcdef";
const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const CLAUDE: &str = "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const NOVA: &str = "bedrock/us.amazon.nova-pro-v1:0";

fn at(server: &Server, run: Test) -> Test {
    run.env("AWS_BEDROCK_RUNTIME_ENDPOINT", server.url(""))
        .env("AWS_BEARER_TOKEN_BEDROCK", TOKEN)
}

fn signed(server: &Server, run: Test) -> Test {
    run.env("AWS_BEDROCK_RUNTIME_ENDPOINT", server.url(""))
        .env("AWS_ACCESS_KEY_ID", KEY_ID)
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
}

fn hi() -> Value {
    json!([{"role": "user", "content": "hi"}])
}

/// The parts of a signature: `Credential`, `SignedHeaders`, `Signature`.
fn signature(request: &Request) -> BTreeMap<String, String> {
    let header = request.header("authorization").unwrap();
    let header = String::from_utf8(header.to_vec()).unwrap();
    let parts = header.strip_prefix("AWS4-HMAC-SHA256 ").unwrap().split(", ");
    let parts = parts.map(|part| part.split_once('=').unwrap());
    parts
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[test]
fn an_api_key_is_a_bearer_token() {
    let server = service();
    let run = at(&server, ask(CLAUDE, hi(), json!({}))).env("AWS_REGION", "eu-central-1");
    let run = run.run();
    run.assert_success().assert_nowhere(TOKEN);
    let request = &server.requests()[0];
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        (
            "POST",
            "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse"
        )
    );
    assert_eq!(
        request.header("authorization").unwrap(),
        format!("Bearer {TOKEN}").as_bytes()
    );
    assert_eq!(
        request.json(),
        json!({"messages": [{"role": "user", "content": [{"text": "hi"}]}], "inferenceConfig": {}})
    );
    assert_eq!(run.receipt()["extra"]["api"], "bedrock_converse");
}

#[test]
fn an_access_key_signs_each_request() {
    let server = service();
    let run = signed(&server, ask(CLAUDE, hi(), json!({})))
        .env("AWS_SESSION_TOKEN", "session-0123456789")
        .env("AWS_REGION_NAME", "eu-central-1")
        .env("AWS_REGION", "us-east-1")
        .run();
    run.assert_success()
        .assert_nowhere(SECRET)
        .assert_nowhere("session-0123456789");
    let request = &server.requests()[0];
    let signature = signature(request);
    assert_eq!(
        signature["SignedHeaders"],
        "content-type;host;x-amz-date;x-amz-security-token"
    );
    let date = String::from_utf8(request.header("x-amz-date").unwrap().to_vec()).unwrap();
    assert_eq!(
        signature["Credential"],
        format!("{KEY_ID}/{}/eu-central-1/bedrock/aws4_request", &date[..8])
    );
    assert_eq!(signature["Signature"].len(), 64);
    assert_eq!(
        request.header("x-amz-security-token").unwrap(),
        b"session-0123456789"
    );
    assert_eq!(run.receipt()["extra"]["key"], "AWS_ACCESS_KEY_ID");
}

#[test]
fn the_region_is_that_of_the_model_or_of_the_variables() {
    for (model, region) in [
        ("bedrock/anthropic.claude-v2", "ap-south-1"),
        ("bedrock/eu-west-1/anthropic.claude-v2", "eu-west-1"),
        ("bedrock/converse/anthropic.claude-v2", "ap-south-1"),
        ("bedrock/invoke/anthropic.claude-v2", "ap-south-1"),
        (
            "bedrock/llama/arn:aws:bedrock:us-east-2:123456789012:imported-model/r4c4kewx2s0n",
            "us-east-2",
        ),
        (
            "bedrock/arn:aws:bedrock:us-west-2:123456789012:inference-profile/us.anthropic.claude-v2",
            "us-west-2",
        ),
    ] {
        let server = service();
        let run = signed(&server, ask(model, hi(), json!({}))).env("AWS_DEFAULT_REGION", "ap-south-1");
        run.run().assert_success();
        let request = &server.requests()[0];
        let credential = &signature(request)["Credential"];
        assert_eq!(credential.split('/').nth(2), Some(region), "{model}");
        assert!(!request.path.contains("eu-west-1"), "{}", request.path);
        assert!(request.path.ends_with("/converse"), "{}", request.path);
        assert!(!request.path.contains("llama"), "{}", request.path);
        assert_eq!(request.path.matches('/').count(), 3, "{}", request.path);
    }
}

#[test]
fn what_is_missing_is_named() {
    let run = |variables: &[(&str, &str)]| {
        let run = ask(CLAUDE, hi(), json!({}));
        variables
            .iter()
            .fold(run, |run, (name, value)| run.env(name, *value))
            .run()
    };
    let none = run(&[("AWS_ACCESS_KEY_ID", KEY_ID)]);
    none.assert_failure("ERR_USAGE", 2);
    none.assert_message("AWS_REGION");
    let wrong = run(&[("AWS_REGION", "eu-central-1.evil.example")]);
    wrong.assert_failure("ERR_USAGE", 2);
    wrong.assert_message("AWS_REGION is not a region");
    let half = run(&[("AWS_REGION", "eu-central-1"), ("AWS_ACCESS_KEY_ID", KEY_ID)]);
    half.assert_failure("ERR_MISSING_SECRET", 6);
    half.assert_message("AWS_SECRET_ACCESS_KEY");
    half.assert_message("AWS_BEARER_TOKEN_BEDROCK");
}

#[test]
fn no_part_of_an_access_key_goes_to_another_address() {
    let server = service();
    for variable in [
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_BEARER_TOKEN_BEDROCK",
    ] {
        let params = json!({"api_base": server.url(""), "api_key_env": variable});
        let run = ask("openai/x", hi(), params).env(variable, SECRET).run();
        run.assert_failure("ERR_INPUTS", 3);
        run.assert_message("a provider's own key");
    }
    // an address of the inputs gets no signature either
    let run = ask(CLAUDE, hi(), json!({"api_base": server.url("")}));
    assert!(server.requests().is_empty());
    signed(&server, run)
        .env("AWS_REGION", "eu-central-1")
        .run()
        .assert_success();
    assert_eq!(server.requests()[0].header("authorization"), None);
}

/// <https://docs.aws.amazon.com/bedrock/latest/userguide/inference-chat-completions.html>
#[test]
fn the_compatible_api_can_be_asked_instead() {
    let server = service();
    let params = json!({"openai_compatible": true, "seed": 7});
    let run = signed(
        &server,
        ask("bedrock/us-west-2/openai.gpt-oss-20b-1:0", hi(), params),
    )
    .run();
    run.assert_success();
    let request = &server.requests()[0];
    assert_eq!(request.json()["model"], "openai.gpt-oss-20b-1:0");
    assert_eq!(request.path, "/openai/v1/chat/completions");
    assert!(signature(request)["Credential"].contains("/us-west-2/bedrock/"));
    assert_eq!(request.json()["seed"], 7);
    assert_eq!(run.receipt()["extra"]["api"], "chat_completions");
}
