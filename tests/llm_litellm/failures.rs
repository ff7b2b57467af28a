//! Every way in which a service can fail has one code.

use std::net::TcpListener;

use serde_json::json;
use support::{Answer, Finished, Server, Test};

use crate::real_at;

/// A run that asks no second time.
fn once(base: &str) -> Test {
    real_at(base, json!({"num_retries": 0}))
}

pub(crate) fn ask(answer: Answer) -> Finished {
    let server = Server::always(answer);
    let run = once(&server.url("/v1")).run();
    assert_eq!(server.requests().len(), 1, "asked once, whatever the answer");
    run
}

#[test]
fn the_status_selects_the_error_code() {
    for (status, code, exit_status) in [
        (400, "ERR_PROVIDER_REJECTED", 11),
        (401, "ERR_PROVIDER_AUTH", 10),
        (402, "ERR_PROVIDER_REJECTED", 11),
        (403, "ERR_PROVIDER_AUTH", 10),
        (404, "ERR_PROVIDER_REJECTED", 11),
        (408, "ERR_PROVIDER_UNAVAILABLE", 13),
        (409, "ERR_PROVIDER_UNAVAILABLE", 13),
        (425, "ERR_PROVIDER_UNAVAILABLE", 13),
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
        let reason = match status {
            402 => ", as the account is out of credit or closed",
            _ => "",
        };
        assert_eq!(
            run.message(),
            format!("the provider answered {status}{reason}: it says no")
        );
    }
}

#[test]
fn the_status_selects_the_error_code_whatever_the_body() {
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
fn an_error_in_a_success_is_an_error() {
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
fn no_answer_or_a_part_of_an_error() {
    ask(Answer::close()).assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
    // the error of a service is not paid for
    ask(Answer::new(500, "no").broken_off()).assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
}

#[test]
fn reports_a_refused_connection() {
    // an address of its own: a port that was free stays free
    let address = TcpListener::bind(("127.0.0.77", 0))
        .unwrap()
        .local_addr()
        .unwrap();
    let run = once(&format!("http://{address}/v1")).run();
    run.assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
    run.assert_message("refuses the connection");
    assert!(run.stderr.contains("Connection refused"), "{run:?}");
}

#[test]
fn reports_a_server_without_tls() {
    let server = Server::always(Answer::close());
    let base = server.url("/v1").replace("http:", "https:");
    let run = once(&base).run();
    run.assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
    assert!(server.requests().is_empty());
}

#[test]
fn an_answer_that_is_not_http() {
    let garbled = ask(Answer::new(200, "{}").header("x", "y\r\nno header line"));
    garbled.assert_failure("ERR_PROVIDER_RESPONSE", 14);
    garbled.assert_message("not HTTP");
}

#[test]
fn distinguishes_kinds_of_refusals() {
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

/// A key that is in order is not blamed.
#[test]
fn a_country_that_is_not_served_is_named() {
    let told = "Country, region, or territory not supported";
    let body = json!({"error": {"code": "unsupported_country_region_territory", "message": told, "type": "request_forbidden"}});
    let run = ask(Answer::json(403, &body));
    run.assert_failure("ERR_PROVIDER_REJECTED", 11);
    assert_eq!(
        run.message(),
        format!("the provider answered 403, as it does not serve this country or region: {told}")
    );
}

#[test]
fn reads_the_message_of_every_error_format() {
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
fn reports_the_upstream_reason() {
    for (status, body, told) in [
        (
            502,
            json!({"error": {"message": "Provider returned error", "code": 502, "metadata": {
                "raw": "{\"error\":{\"message\":\"top_k is too large\"}}", "provider_name": "X"}}}),
            "the provider answered 502: Provider returned error: top_k is too large",
        ),
        (
            422,
            json!({"detail": [
                {"type": "missing", "loc": ["body", "messages", 0, "role"], "msg": "Field required"},
                {"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs are not permitted"},
            ]}),
            "the provider answered 422: messages.0.role: Field required; seed: Extra inputs are not permitted",
        ),
    ] {
        assert_eq!(ask(Answer::json(status, &body)).message(), told);
    }
}

#[test]
fn reports_an_invalid_key_whatever_the_status() {
    for body in [
        r#"[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT",
            "details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"}]}}]"#,
        r#"{"error":{"code":400,"message":"API key expired. Please renew the API key."}}"#,
        r#"{"code":"Client specified an invalid argument","error":"Incorrect API key provided: xa***23."}"#,
        r#"{"error":{"code":"invalid_api_key","message":"no"}}"#,
    ] {
        ask(Answer::new(400, body)).assert_failure("ERR_PROVIDER_AUTH", 10);
    }
}

#[test]
fn decodes_an_answer_it_did_not_ask_to_be_encoded() {
    let good = json!({"choices": [{"message": {"content": "hello"}}]});
    let run = ask(Answer::json(200, &good).gzipped());
    run.assert_success();
    assert_eq!(
        run.files()["demo/run-1/outputs/response.json"],
        good.to_string().into_bytes()
    );
    let run = ask(Answer::new(429, r#"{"error":{"message":"slow down"}}"#).gzipped());
    run.assert_failure("ERR_PROVIDER_RATE_LIMIT", 12);
    assert_eq!(run.message(), "the provider answered 429: slow down");
    let bomb = ask(Answer::new(200, vec![b' '; 70 << 20]).gzipped());
    assert!(bomb.assert_rejected("ERR_PROVIDER_RESPONSE", 14).len() < 1 << 20);
    bomb.assert_message("larger than 67108864 bytes");
}

#[test]
fn decodes_an_encoded_stream() {
    let events = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hello\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    let answer = Answer::new(200, events).header("content-type", "text/event-stream");
    let server = Server::always(answer.gzipped());
    let run = real_at(&server.url("/v1"), json!({"stream": true})).run();
    run.assert_success();
    let completion = &run.files()["demo/run-1/outputs/response.json"];
    assert!(String::from_utf8_lossy(completion).contains(r#""content":"hello""#));
    let server = Server::always(
        Answer::new(200, "what br has made of it")
            .header("content-type", "text/event-stream")
            .header("content-encoding", "br"),
    );
    let run = real_at(&server.url("/v1"), json!({"stream": true})).run();
    assert_eq!(
        run.assert_rejected("ERR_PROVIDER_RESPONSE", 14),
        b"what br has made of it"
    );
}

#[test]
fn names_an_unknown_encoding_and_saves_the_answer() {
    for coding in ["br", "zstd"] {
        let answer = Answer::new(200, "paid for").header("content-encoding", coding);
        let run = ask(answer);
        assert_eq!(run.assert_rejected("ERR_PROVIDER_RESPONSE", 14), b"paid for");
        let named = format!("Content-Encoding {coding}, which nobody has asked for");
        assert!(run.message().contains(&named), "{run:?}");
    }
    let broken = Answer::new(200, "no gzip").header("content-encoding", "deflate");
    let run = ask(broken);
    assert_eq!(run.assert_rejected("ERR_PROVIDER_RESPONSE", 14), b"no gzip");
}

#[test]
fn many_header_lines_are_read() {
    let good = Answer::json(200, &json!({"choices": []}));
    let with = |count| {
        (0..count).fold(good.clone(), |answer, n| {
            answer.header(&format!("x-gateway-{n}"), "v")
        })
    };
    ask(with(101)).assert_success();
    ask(with(997)).assert_success(); // and the three that a server adds
    ask(with(1_100)).assert_failure("ERR_PROVIDER_RESPONSE", 14);
}

#[test]
fn reports_a_proxy_that_wants_a_password_without_the_password() {
    let proxy = Server::always(Answer::new(407, "<html>alice:hunter22</html>"));
    let address = proxy.url("").replace("http://", "http://alice:hunter22@");
    for (variable, service) in [
        ("HTTP_PROXY", "http://service.example/v1"),
        ("HTTPS_PROXY", "https://service.example/v1"),
    ] {
        let run = real_at(service, json!({})).env(variable, &address).run();
        run.assert_failure("ERR_PROVIDER_REJECTED", 11)
            .assert_nowhere("hunter22");
        for part in ["proxy", "407", "HTTPS_PROXY", "HTTP_PROXY"] {
            run.assert_message(part);
        }
    }
    assert_eq!(proxy.requests().len(), 2, "it is not asked again");
}

#[test]
fn redacts_a_proxys_password_in_a_message() {
    let told = r#"{"error":{"message":"alice:hunter22 = YWxpY2U6aHVudGVyMjI="}}"#;
    let proxy = Server::always(Answer::new(400, told));
    let address = proxy.url("").replace("http://", "http://alice:hunter22@");
    let run = real_at("http://service.example/v1", json!({}))
        .env("HTTP_PROXY", &address)
        .run();
    run.assert_failure("ERR_PROVIDER_REJECTED", 11)
        .assert_nowhere("hunter22")
        .assert_nowhere("YWxpY2U6aHVudGVyMjI");
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
