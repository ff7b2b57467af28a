//! A request is made again where that may help, exactly as often as it is allowed to.

use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};
use support::{Answer, Server};

use crate::{real_at, service};

const QUOTA: &str = r#"{"error":{"message":"You exceeded your current quota.","type":"insufficient_quota","code":"insufficient_quota"}}"#;

fn good() -> Answer {
    Answer::json(200, &json!({"choices": []}))
}

/// Says when to come back: at once.
fn at_once(answer: Answer) -> Answer {
    answer.header("retry-after", "0")
}

#[test]
fn what_may_pass_is_tried_again_as_often_as_allowed() {
    for status in [408, 429, 500, 502, 503, 504, 529] {
        for (num_retries, requests) in [(Value::Null, 3), (0.into(), 1), (1.into(), 2), (4.into(), 5)] {
            let server = Server::always(at_once(Answer::new(status, "not now")));
            let run = real_at(&server.url("/v1"), json!({ "num_retries": num_retries })).finish();
            assert_ne!(run.status, 0);
            assert_eq!(server.requests().len(), requests, "{status}");
            let count = format!(" (after {requests} requests)");
            assert_eq!(run.message().ends_with(&count), requests > 1, "{run:?}");
        }
    }
}

#[test]
fn what_will_not_pass_is_not_tried_again() {
    let mut answers = vec![
        Answer::new(429, QUOTA),
        Answer::new(200, "<html>"),
        Answer::new(200, "{").broken_off(),
    ];
    for status in [301, 400, 401, 402, 403, 404, 409, 413, 422] {
        answers.push(Answer::new(status, "no"));
    }
    for answer in answers {
        let server = Server::always(at_once(answer));
        let run = real_at(&server.url("/v1"), json!({"num_retries": 5})).finish();
        assert_ne!(run.status, 0);
        assert_eq!(server.requests().len(), 1, "{run:?}");
    }
}

#[test]
fn the_requests_are_counted() {
    let server = Server::script([
        at_once(Answer::new(429, "")),
        at_once(Answer::new(503, "")),
        good(),
    ]);
    let run = real_at(&server.url("/v1"), json!({})).finish();
    run.assert_success();
    assert_eq!(run.receipt()["usage"], json!({"attempts": 3}));
    let requests = server.requests();
    assert!(requests.iter().all(|request| request.body == requests[0].body));
    let retries = run
        .stderr
        .lines()
        .filter(|line| line.contains(r#""event":"retry""#));
    assert_eq!(retries.count(), 2, "{run:?}");

    let run = real_at(&service().url("/v1"), json!({})).finish();
    assert_eq!(run.receipt()["usage"], json!({"attempts": 1}));
}

#[test]
fn a_connection_that_broke_before_an_answer_is_tried_again() {
    let server = Server::script([Answer::close(), good()]);
    real_at(&server.url("/v1"), json!({})).finish().assert_success();
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_service_is_left_alone_as_long_as_it_asks() {
    // dates have no fractions: two seconds from now are more than one away
    let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(2));
    for (name, value, at_least) in [
        ("retry-after", "1", Duration::from_secs(1)),
        ("retry-after-ms", "700", Duration::from_millis(700)),
        ("retry-after", date.as_str(), Duration::ZERO),
    ] {
        let server = Server::script([Answer::new(429, "").header(name, value), good()]);
        let started = Instant::now();
        real_at(&server.url("/v1"), json!({})).finish().assert_success();
        assert!(started.elapsed() >= at_least, "{name}: {value}");
    }
    assert!(
        SystemTime::now() >= httpdate::parse_http_date(&date).unwrap(),
        "the date was waited for"
    );
}

#[test]
fn without_being_asked_the_first_pause_is_half_a_second() {
    let server = Server::script([Answer::new(500, ""), good()]);
    let started = Instant::now();
    real_at(&server.url("/v1"), json!({})).finish().assert_success();
    assert!(started.elapsed() >= Duration::from_millis(500));
}

#[test]
fn nobody_waits_past_the_deadline() {
    let server = Server::always(Answer::new(429, "come back tomorrow").header("retry-after", "86400"));
    for (name, value) in [("TIMEOUT_S", "30"), ("LOG_LEVEL", "info")] {
        let started = Instant::now();
        let run = real_at(&server.url("/v1"), json!({})).env(name, value).finish();
        run.assert_failure("ERR_PROVIDER_RATE_LIMIT", 12);
        assert_eq!(
            run.message(),
            "the provider answered 429: come back tomorrow; it asks to wait 86400 s, which this run does not have"
        );
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "it did not wait for the deadline"
        );
    }
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_request_has_a_time_of_its_own() {
    let server = Server::script([Answer::hang(), Answer::hang(), good()]);
    let run = real_at(&server.url("/v1"), json!({"timeout": 0.2})).finish();
    run.assert_success();
    assert_eq!(run.receipt()["usage"], json!({"attempts": 3}));

    let server = Server::always(Answer::hang());
    let run = real_at(&server.url("/v1"), json!({"timeout": 0.2, "num_retries": 0})).finish();
    run.assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
    assert!(
        run.message().contains("within 0.2 s; raise /params/timeout"),
        "{run:?}"
    );
}

#[test]
fn the_deadline_is_over_all() {
    let server = Server::always(Answer::hang());
    let run = real_at(&server.url("/v1"), json!({"timeout": 60, "num_retries": 100})).env("TIMEOUT_S", "1");
    run.finish().assert_failure("ERR_TIMEOUT", 124);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_signal_ends_a_pause() {
    let server = Server::always(Answer::new(503, "").header("retry-after", "100"));
    let run = real_at(&server.url("/v1"), json!({})).env("TIMEOUT_S", "300");
    let child = run.start();
    server.wait_for(1);
    let sent = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
    run.wait(child).assert_failure("ERR_CANCELLED", 143);
    assert_eq!(server.requests().len(), 1);
}
