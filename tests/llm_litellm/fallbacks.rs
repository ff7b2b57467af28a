//! Other models are asked where the first one cannot answer.

use serde_json::{Value, json};
use support::{Answer, Server, Test};

use crate::{KEY, processor, service};

const TOO_LONG: &str = r#"{"error":{"message":"This model's maximum context length is 8 tokens.","code":"context_length_exceeded"}}"#;

fn ask(first: &Server, second: &Server, params: Value) -> Test {
    let mut inputs = json!({"mode": "real", "model": "openai/gpt-5", "params": {
        "messages": [{"role": "user", "content": "hi"}], "num_retries": 0, "max_tokens": 9, "fallbacks": ["groq/meta/llama"],
    }});
    let all = inputs["params"].as_object_mut().unwrap();
    all.extend(params.as_object().unwrap().clone());
    processor()
        .inputs(inputs.to_string())
        .env("OPENAI_BASE_URL", first.url("/first"))
        .env("OPENAI_API_KEY", KEY)
        .env("GROQ_API_BASE", second.url("/second"))
        .env("GROQ_API_KEY", "gsk-of-the-second")
}

#[test]
fn a_fallback_is_asked_instead_of_waiting() {
    let answer = Answer::new(429, "").header("retry-after-ms", "150");
    let (first, second) = (Server::always(answer), service());
    ask(&first, &second, json!({"num_retries": 2}))
        .run()
        .assert_success();
    assert_eq!((first.requests().len(), second.requests().len()), (3, 1));
}

#[test]
fn falls_back_where_the_first_account_has_no_money() {
    let pay = r#"{"error":{"message":"Insufficient Balance"}}"#;
    let (first, second) = (Server::always(Answer::new(402, pay)), service());
    ask(&first, &second, json!({})).run().assert_success();
    assert_eq!((first.requests().len(), second.requests().len()), (1, 1));
}

#[test]
fn falls_back_to_the_next_model() {
    for (answer, code) in [
        (Answer::new(429, "slow down"), "ERR_PROVIDER_RATE_LIMIT"),
        (
            Answer::new(
                429,
                r#"{"error":{"message":"pay first","code":"insufficient_quota"}}"#,
            ),
            "ERR_PROVIDER_RATE_LIMIT",
        ),
        (Answer::new(408, ""), "ERR_PROVIDER_UNAVAILABLE"),
        (Answer::new(503, ""), "ERR_PROVIDER_UNAVAILABLE"),
        (Answer::close(), "ERR_PROVIDER_UNAVAILABLE"),
        (Answer::new(400, TOO_LONG), "ERR_PROVIDER_REJECTED"),
    ] {
        let (first, second) = (Server::always(answer), service());
        let run = ask(&first, &second, json!({})).run();
        run.assert_success();
        let receipt = run.receipt();
        assert_eq!(receipt["extra"]["model"], "groq/meta/llama");
        assert_eq!(receipt["extra"]["response_model"], "m-1");
        assert_eq!(
            receipt["extra"]["failed_models"],
            format!("openai/gpt-5 ({code})")
        );
        assert_eq!(
            receipt["extra"].get("changed"),
            None,
            "that of the model that answered"
        );
        assert_eq!(receipt["usage"]["attempts"], 2);

        assert_eq!(first.requests().len(), 1);
        assert_eq!(first.requests()[0].json()["max_completion_tokens"], 9);
        let request = &second.requests()[0];
        assert_eq!(request.path, "/second/chat/completions");
        assert_eq!(
            request.header("authorization"),
            Some(b"Bearer gsk-of-the-second".as_slice())
        );
        assert_eq!(
            request.json(),
            json!({"model": "meta/llama", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]})
        );
    }
}

#[test]
fn reports_at_once_what_no_fallback_can_fix() {
    for (status, body, code, exit) in [
        (400, "no such parameter", "ERR_PROVIDER_REJECTED", 11),
        (401, "", "ERR_PROVIDER_AUTH", 10),
        (404, "", "ERR_PROVIDER_REJECTED", 11),
        (
            400,
            r#"{"error":{"message":"flagged","code":"content_filter"}}"#,
            "ERR_PROVIDER_REJECTED",
            11,
        ),
        (200, "<html>", "ERR_PROVIDER_RESPONSE", 14),
    ] {
        let (first, second) = (Server::always(Answer::new(status, body)), service());
        let run = ask(&first, &second, json!({})).run();
        run.assert_refused(code, exit);
        assert!(second.requests().is_empty(), "{run:?}");
    }
}

#[test]
fn retries_each_model_and_reports_the_last_error() {
    let busy = || Server::always(Answer::new(429, "slow down").header("retry-after", "0"));
    let down = || Server::always(Answer::new(500, "").header("retry-after", "0"));
    let (first, second) = (busy(), down());
    let run = ask(
        &first,
        &second,
        json!({"num_retries": 1, "fallbacks": ["groq/a", "groq/b"]}),
    )
    .run();
    run.assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
    assert!(run.message().starts_with("groq/b: "), "{run:?}");
    assert_eq!((first.requests().len(), second.requests().len()), (2, 4));
}

#[test]
fn asks_no_fallback_when_the_first_model_answers() {
    let (first, second) = (service(), service());
    let run = ask(&first, &second, json!({})).run();
    run.assert_success();
    let extra = &run.receipt()["extra"];
    assert_eq!(extra["model"], "openai/gpt-5");
    assert_eq!(extra["response_model"], "m-1");
    assert_eq!(extra["changed"], "max_tokens to max_completion_tokens");
    assert_eq!(extra.get("failed_models"), None);
    assert!(second.requests().is_empty());
}

#[test]
fn rejects_an_unusable_fallback_before_the_request() {
    let (first, second) = (service(), service());
    for (fallback, code, exit, named) in [
        ("xai/grok", "ERR_MISSING_SECRET", 6, "XAI_API_KEY"),
        ("azure/d", "ERR_USAGE", 2, "AZURE_API_BASE"),
        ("nobody/x", "ERR_INPUTS", 3, "/params/fallbacks/1 "),
    ] {
        let run = ask(&first, &second, json!({"fallbacks": ["groq/a", fallback]})).run();
        run.assert_failure(code, exit);
        run.assert_message(named);
    }
    assert!(first.requests().is_empty());
}
