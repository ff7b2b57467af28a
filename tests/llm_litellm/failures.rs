//! Every way in which a service can fail has one code.

use std::net::TcpListener;

use serde_json::json;
use support::{Answer, Finished, Server};

use crate::{real, real_at};

fn ask(answer: Answer) -> Finished {
    let server = Server::always(answer);
    let run = real(&server).finish();
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
        "",
        "null",
        "[]",
        "<!doctype html><title>Welcome</title>",
        "{\"choices\":[{\"message\":{\"conte",
        "{\"choices\":null}",
        "{\"object\":\"list\",\"data\":[]}",
        "data: {\"choices\":[]}\n\ndata: [DONE]\n\n",
    ] {
        let run = ask(Answer::new(200, body));
        run.assert_failure("ERR_PROVIDER_RESPONSE", 14);
        assert!(!run.stderr.contains("Welcome"), "{run:?}");
    }
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
    let run = real_at(&format!("http://{address}/v1"), json!({})).finish();
    run.assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
    assert!(run.message().contains("refuses the connection"), "{run:?}");
    assert!(run.stderr.contains("Connection refused"), "{run:?}");
}

#[test]
fn no_tls_where_tls_is_asked_for() {
    let server = Server::always(Answer::close());
    let base = server.url("/v1").replace("http:", "https:");
    let run = real_at(&base, json!({})).finish();
    run.assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
    assert!(server.requests().is_empty());
}

#[test]
fn an_answer_that_is_not_http() {
    let garbled = ask(Answer::new(200, "{}").header("x", "y\r\nno header line"));
    garbled.assert_failure("ERR_PROVIDER_RESPONSE", 14);
    assert!(garbled.message().contains("not HTTP"), "{garbled:?}");
}
