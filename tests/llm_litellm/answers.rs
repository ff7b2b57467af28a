//! Answers that are not quite what the API promises, and were paid for all the same.

use serde_json::{Value, json};
use support::{Answer, Finished, Server};

use crate::{KEY, real_at};

fn ask(body: &[u8], kind: &str) -> Finished {
    let server = Server::always(Answer::new(200, body).header("content-type", kind));
    let run = real_at(&server.url("/v1"), json!({"num_retries": 0})).run();
    assert_eq!(server.requests().len(), 1, "{run:?}");
    run
}

#[test]
fn keeps_a_readable_answer_byte_for_byte() {
    for body in [
        "\u{feff}{\"model\":\"m-1\",\"choices\":[],\"usage\":{\"total_tokens\":5}}".as_bytes(),
        b"{\"model\":\"m-1\",\"choices\":[{\"logprobs\":{\"content\":[{\"logprob\":NaN},{\"logprob\":-Infinity}]}}],\"usage\":{\"total_tokens\":5,\"x\":Infinity}}",
        b"{\"model\":\"m-1\",\"choices\":[{\"message\":{\"content\":\"caf\xe9\"}}],\"usage\":{\"total_tokens\":5}}",
        b"{\"model\":\"m-1\",\"choices\":[{\"message\":{\"content\":\"a\tb\x00\"}}],\"usage\":{\"total_tokens\":5}}",
        br#"{"model":"m-1","choices":[{"message":{"content":"\ud83d"}}],"usage":{"total_tokens":5}}"#,
        br#"{"model":"m-1","choices":[{"index":null},{"index":"1"},null],"usage":{"total_tokens":5}}"#,
    ] {
        let run = ask(body, "application/json");
        run.assert_success();
        assert_eq!(run.files()["demo/run-1/outputs/response.json"], body);
        assert_eq!(run.receipt()["usage"]["total_tokens"], 5, "{run:?}");
        assert_eq!(run.receipt()["extra"]["model"], "m-1");
    }
}

#[test]
fn saves_an_unreadable_answer_and_describes_it() {
    for (body, place) in [
        (
            "{\"choices\":[{\"message\":\n{\"content\":\"hel",
            "line 2 column 15",
        ),
        ("{\"choices\":[NaN,NaN]} x", "line 1 column 23"),
        ("{\"choices\":[]}{\"choices\":[]}", "line 1 column 15"),
        ("[]", "line 1 column 1"),
    ] {
        let run = ask(body.as_bytes(), "application/json; charset=utf-8");
        let kept = run.assert_rejected("ERR_PROVIDER_RESPONSE", 14);
        assert_eq!(kept, body.as_bytes());
        let message = run.message();
        assert!(
            message.contains(&format!("JSON that cannot be read at {place}; ")),
            "{message}"
        );
        assert!(!message.contains("address"), "{message}");
        let page = ask(body.as_bytes(), "text/html");
        page.assert_rejected("ERR_PROVIDER_RESPONSE", 14);
        page.assert_message("check its address");
    }
    let run = ask(br#"{"object":"list","data":[]}"#, "application/json");
    run.assert_rejected("ERR_PROVIDER_RESPONSE", 14);
}

#[test]
fn an_answer_that_repeats_the_key_is_not_kept() {
    let run = ask(format!("{{\"choices\":[\"{KEY}\"").as_bytes(), "application/json");
    run.assert_failure("ERR_PROVIDER_RESPONSE", 14)
        .assert_nowhere(KEY);
}

#[test]
fn ignores_an_empty_error_in_an_answer() {
    for silent in [
        json!(""),
        json!(" "),
        json!({}),
        json!([]),
        json!(false),
        json!(0),
        json!(null),
        json!({"message": "", "code": null}),
    ] {
        let answer = json!({"error": silent, "choices": [{"message": {"content": "x"}, "error": silent}]});
        ask(answer.to_string().as_bytes(), "application/json").assert_success();
    }
}

#[test]
fn recognizes_an_error_without_an_error_field() {
    for answer in [
        json!({"object": "error", "message": "it broke", "code": 40001}),
        json!({"type": "error", "error": {"type": "some_error", "message": "it broke"}}),
        json!({"code": "x", "message": "it broke", "choices": null}),
        json!({"detail": "it broke"}),
        json!({"detail": {"message": "it broke"}}),
        json!({"errors": ["it broke"]}),
        json!([{"error": {"message": "it broke"}}]),
    ] {
        let run = ask(answer.to_string().as_bytes(), "application/json");
        run.assert_failure("ERR_PROVIDER_RESPONSE", 14);
        assert!(run.message().ends_with(": it broke"), "{run:?}");
    }
    for (answer, code, is_kept) in [
        (
            json!({"error": {"message": "it broke"}, "choices": [{"message": {"content": "Hel"}}]}),
            "ERR_PROVIDER_RESPONSE",
            true,
        ),
        (
            json!({"error": {"message": "it broke"}, "choices": [], "usage": {"total_tokens": 1}}),
            "ERR_PROVIDER_RESPONSE",
            true,
        ),
        (
            json!({"choices": [{"message": {"content": "Hel"}, "finish_reason": "error"}]}),
            "ERR_PROVIDER_UNAVAILABLE",
            true,
        ),
        (
            json!({"choices": [{"message": {"content": ""}, "finish_reason": "error"}], "usage": {"total_tokens": 0}}),
            "ERR_PROVIDER_UNAVAILABLE",
            false,
        ),
    ] {
        let run = ask(answer.to_string().as_bytes(), "application/json");
        assert_eq!(run.envelope()["error"]["code"], code);
        assert_eq!(run.receipt()["rejected"] != Value::Null, is_kept, "{run:?}");
    }
}
