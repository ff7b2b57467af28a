//! Every way in which a service can fail has one code.

use std::net::TcpListener;

use serde_json::json;
use support::{Answer, Finished, Run, Server};

use crate::real_at;

/// A run that asks no second time.
fn once(base: &str) -> Run {
    real_at(base, json!({"num_retries": 0}))
}

fn ask(answer: Answer) -> Finished {
    let server = Server::always(answer);
    let run = once(&server.url("/v1")).finish();
    assert_eq!(server.requests().len(), 1, "asked once, whatever the answer");
    run
}

#[test]
fn a_status_decides() {
    for (status, code, exit_status) in [
        (400, "ERR_PROVIDER_REJECTED", 11),
        (401, "ERR_PROVIDER_AUTH", 10),
        (402, "ERR_PROVIDER_REJECTED", 11),
        (403, "ERR_PROVIDER_AUTH", 10),
        (404, "ERR_PROVIDER_REJECTED", 11),
        (408, "ERR_PROVIDER_REJECTED", 11),
        (422, "ERR_PROVIDER_REJECTED", 11),
        (429, "ERR_PROVIDER_RATE_LIMIT", 12),
        (500, "ERR_PROVIDER_UNAVAILABLE", 13),
        (502, "ERR_PROVIDER_UNAVAILABLE", 13),
        (503, "ERR_PROVIDER_UNAVAILABLE", 13),
        (529, "ERR_PROVIDER_UNAVAILABLE", 13),
    ] {
        let run = ask(Answer::json(
            status,
            &json!({"error": {"message": "it says no", "type": null, "code": 17}}),
        ));
        run.assert_failure(code, exit_status);
        assert_eq!(
            run.message(),
            format!("the provider answered {status}: it says no")
        );
    }
}

#[test]
fn a_status_decides_whatever_the_body_is() {
    for body in [
        "",
        "<html><body>no</body></html>",
        "{\"error\":",
        "[]",
        "null",
        "\u{feff}x",
    ] {
        ask(Answer::new(429, body)).assert_failure("ERR_PROVIDER_RATE_LIMIT", 12);
    }
    let broken = ask(Answer::new(401, "no").broken_off());
    broken.assert_failure("ERR_PROVIDER_AUTH", 10);
    let endless = ask(Answer::new(500, "no".repeat(1000)).endless());
    endless.assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
}

#[test]
fn an_answer_that_is_no_completion() {
    for body in [
        "null",
        "[]",
        "<!doctype html><title>Welcome</title>",
        "{\"choices\":[{\"message\":{\"conte",
        "{\"choices\":null}",
        "{\"object\":\"list\",\"data\":[]}",
    ] {
        let run = ask(Answer::new(200, body));
        let kept = run.assert_rejected("ERR_PROVIDER_RESPONSE", 14);
        assert_eq!(kept, body.as_bytes(), "it may have been paid for");
        assert!(!run.stderr.contains("Welcome"), "{run:?}");
    }
    ask(Answer::new(200, "")).assert_failure("ERR_PROVIDER_RESPONSE", 14);
    ask(Answer::new(204, "")).assert_failure("ERR_PROVIDER_RESPONSE", 14);
}

#[test]
fn success_that_holds_an_error() {
    let run = ask(Answer::json(
        200,
        &json!({"error": {"message": "model overloaded"}, "choices": []}),
    ));
    run.assert_failure("ERR_PROVIDER_RESPONSE", 14);
    assert_eq!(
        run.message(),
        "the provider answered 200 with an error: model overloaded"
    );
}

#[test]
fn an_answer_that_never_ends() {
    let run = ask(Answer::new(200, " ".repeat(1 << 20)).endless());
    run.assert_failure("ERR_PROVIDER_RESPONSE", 14);
}

#[test]
fn no_answer_or_a_part_of_one() {
    for answer in [
        Answer::close(),
        Answer::new(200, "{\"choices\":[]}").broken_off(),
        Answer::chunked(200, "5\r\n{\"cho"),
    ] {
        ask(answer).assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
    }
}

#[test]
fn nobody_listens() {
    // an address of its own: a port that was free stays free
    let address = TcpListener::bind(("127.0.0.77", 0))
        .unwrap()
        .local_addr()
        .unwrap();
    let run = once(&format!("http://{address}/v1")).finish();
    run.assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
    assert!(run.message().contains("refuses the connection"), "{run:?}");
    assert!(run.stderr.contains("Connection refused"), "{run:?}");
}

#[test]
fn no_tls_where_tls_is_asked_for() {
    let server = Server::always(Answer::close());
    let base = server.url("/v1").replace("http:", "https:");
    let run = once(&base).finish();
    run.assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
    assert!(server.requests().is_empty());
}

#[test]
fn an_answer_that_is_not_http() {
    let garbled = ask(Answer::new(200, "{}").header("x", "y\r\nno header line"));
    garbled.assert_failure("ERR_PROVIDER_RESPONSE", 14);
    assert!(garbled.message().contains("not HTTP"), "{garbled:?}");
}

#[test]
fn refusals_are_told_apart() {
    for (status, body, told) in [
        (
            400,
            r#"{"error":{"message":"This model's maximum context length is 8 tokens.","type":"invalid_request_error","code":"context_length_exceeded"}}"#,
            "the provider answered 400, as the prompt does not fit the model's context window: This model's maximum context length is 8 tokens.",
        ),
        (
            400,
            r#"[{"error":{"code":400,"message":"The input token count (9) exceeds the maximum number of tokens allowed (8).","status":"INVALID_ARGUMENT"}}]"#,
            "the provider answered 400, as the prompt does not fit the model's context window: The input token count (9) exceeds the maximum number of tokens allowed (8).",
        ),
        (
            400,
            r#"{"error":{"message":"The response was filtered.","code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
            "the provider answered 400, as its content policy refuses the request: The response was filtered.",
        ),
        (
            403,
            "this prompt is against our content policy",
            "the provider answered 403, as its content policy refuses the request: this prompt is against our content policy",
        ),
        (
            413,
            "<html>context window</html>",
            "the provider answered 413 without a reason; check the model, the parameters and the provider's address",
        ),
    ] {
        let run = ask(Answer::new(status, body));
        assert_eq!(run.message(), told);
    }
}

#[test]
fn every_shape_of_an_error_has_its_sentence() {
    for body in [
        r#"{"error":{"message":"it says no","type":"invalid_request_error","param":null,"code":"x"}}"#,
        r#"{"error":{"message":"it says no","code":42}}"#,
        r#"{"error":{"message":"it says no","code":null,"metadata":{"raw":"y"}}}"#,
        r#"{"error":"it says no"}"#,
        r#"[{"error":{"code":400,"message":"it says no","status":"INVALID_ARGUMENT"}}]"#,
        r#"{"detail":"it says no"}"#,
        r#"{"detail":[{"loc":["body"],"msg":"it says no","type":"missing"}]}"#,
        r#"{"object":"error","message":"it says no","code":40001}"#,
        r#"{"code":"x","message":"it says no","request_id":"r"}"#,
        "it says no",
        r#""it says no""#,
    ] {
        let run = ask(Answer::new(422, body));
        run.assert_failure("ERR_PROVIDER_REJECTED", 11);
        assert_eq!(run.message(), "the provider answered 422: it says no", "{body}");
    }
    let large = format!(
        r#"{{"error":{{"message":"it says no","rest":"{}"}}}}"#,
        "x".repeat(300 * 1024)
    );
    for body in [
        b"".as_slice(),
        b"{}",
        b"null",
        b"17",
        b"{\"error\":{\"message\":\"it sa",
        b"<html><body><h1>502 Bad Gateway</h1></body></html>",
        b"\xff\xfe\x00",
        large.as_bytes(),
    ] {
        let run = ask(Answer::new(422, body));
        run.assert_failure("ERR_PROVIDER_REJECTED", 11);
        assert!(
            run.message()
                .starts_with("the provider answered 422 without a reason; "),
            "{run:?}"
        );
    }
}

#[test]
fn a_success_may_hold_the_status_of_an_error() {
    for (body, code, status) in [
        (
            json!({"error": {"code": 429, "message": "no"}}),
            "ERR_PROVIDER_RATE_LIMIT",
            12,
        ),
        (
            json!({"error": {"code": "401", "message": "no"}}),
            "ERR_PROVIDER_AUTH",
            10,
        ),
        (
            json!({"error": {"status": 503, "message": "no"}}),
            "ERR_PROVIDER_UNAVAILABLE",
            13,
        ),
        (
            json!({"error": {"code": 17, "message": "no"}}),
            "ERR_PROVIDER_RESPONSE",
            14,
        ),
    ] {
        ask(Answer::json(200, &body)).assert_failure(code, status);
    }
    let choice =
        json!({"choices": [{"error": {"code": 502, "message": "it broke"}, "finish_reason": "error"}]});
    let run = ask(Answer::json(200, &choice));
    run.assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
    assert!(run.message().ends_with(": it broke"), "{run:?}");
}
