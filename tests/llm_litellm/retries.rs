//! A request is made again where that may help, exactly as often as it is allowed to.

use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};
use support::{Answer, Server, Signal};

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
fn retries_transient_failures_up_to_the_limit() {
    for status in [408, 409, 425, 429, 498, 500, 502, 503, 504, 529] {
        for (num_retries, requests) in [(0, 1), (1, 2)] {
            let server = Server::always(at_once(Answer::new(status, "not now")));
            let run = real_at(&server.url("/v1"), json!({ "num_retries": num_retries })).run();
            assert_ne!(run.status, 0);
            assert_eq!(server.requests().len(), requests, "{status}");
            let logged = run.stderr.matches(r#""event":"request""#).count();
            assert_eq!(logged, requests, "{run:?}");
            let count = format!(" (after {requests} requests)");
            assert_eq!(run.message().ends_with(&count), requests > 1, "{run:?}");
        }
    }
    for (num_retries, requests) in [(Value::Null, 3), (3.into(), 4)] {
        let server = Server::always(Answer::new(503, ""));
        let run = real_at(&server.url("/v1"), json!({ "num_retries": num_retries })).run();
        run.assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
        assert_eq!(server.requests().len(), requests);
    }
}

#[test]
fn an_error_in_a_success_is_tried_again_as_its_status_would_be() {
    for body in [
        r#"{"error":{"code":429,"message":"slow down"}}"#,
        r#"{"error":{"code":502,"message":"no"}}"#,
        r#"{"error":{"code":"rate_limit_exceeded","message":"slow down"}}"#,
        r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
        r#"{"error":{"type":"server_error","message":"no"}}"#,
        r#"{"choices":[{"error":{"code":502,"message":"it broke"},"finish_reason":"error"}]}"#,
    ] {
        let server = Server::script([Answer::new(200, body), good()]);
        real_at(&server.url("/v1"), json!({})).run().assert_success();
        assert_eq!(server.requests().len(), 2, "{body}");
    }
    for body in [
        r#"{"error":{"code":401,"message":"no"}}"#,
        r#"{"error":{"code":"insufficient_quota","message":"pay"}}"#,
        r#"{"error":{"type":"invalid_request_error","message":"no"}}"#,
        r#"{"error":"no"}"#,
    ] {
        let server = Server::always(Answer::new(200, body));
        let run = real_at(&server.url("/v1"), json!({})).run();
        assert_ne!(run.status, 0);
        assert_eq!(server.requests().len(), 1, "{body}");
    }
}

#[test]
fn the_service_says_whether_to_try_again() {
    for (status, should, requests) in [
        (400, "true", 2),
        (404, "true", 2),
        (500, "false", 1),
        (429, "false", 1),
        (400, "perhaps", 1),
        (500, "perhaps", 2),
    ] {
        let server = Server::always(Answer::new(status, "").header("x-should-retry", should));
        let run = real_at(&server.url("/v1"), json!({"num_retries": 1})).run();
        assert_ne!(run.status, 0);
        assert_eq!(server.requests().len(), requests, "{status} {should}");
    }
}

#[test]
fn does_not_retry_when_the_account_has_no_money() {
    for (status, body) in [
        (429, QUOTA),
        (
            429,
            r#"{"error":{"message":"Your account is not active, please check your billing details on our website.","type":"billing_not_active","code":"billing_not_active"}}"#,
        ),
        (
            429,
            r#"{"error":{"message":"no","code":"billing_hard_limit_reached"}}"#,
        ),
        (
            429,
            r#"{"error":{"message":"You exceeded your current quota, please check your plan and billing details."}}"#,
        ),
        (
            429,
            r#"{"error":{"message":"Your account u is suspended due to insufficient balance, please recharge","type":"exceeded_current_quota_error"}}"#,
        ),
        (
            402,
            r#"{"error":{"message":"Insufficient Balance","type":"unknown_error"}}"#,
        ),
        (
            503,
            r#"{"error":{"message":"Your credit balance is too low to access the API."}}"#,
        ),
    ] {
        let server = Server::always(Answer::new(status, body));
        let run = real_at(&server.url("/v1"), json!({})).run();
        assert_ne!(run.status, 0);
        // by these words a batch is held; those of the fourth are also said of limits per minute
        let is_held = run
            .message()
            .contains(", as the account is out of credit or closed: ");
        assert_eq!(
            is_held,
            !body.contains(r#"{"message":"You exceeded your current quota, please"#),
            "{run:?}"
        );
        assert_eq!(server.requests().len(), 1, "{body}");
    }
    // a quota by the minute has the same message, with the time when it ends
    let by_minute = r#"[{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details.",
        "status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"0.3s"}]}}]"#;
    let server = Server::script([Answer::new(429, by_minute), good()]);
    real_at(&server.url("/v1"), json!({})).run().assert_success();
}

#[test]
fn a_requested_pause_uses_up_no_retry() {
    let told = || Answer::new(429, r#"{"error":{"message":"Please try again in 120ms."}}"#);
    let server = Server::script([told(), told(), told(), told(), told(), good()]);
    let run = real_at(&server.url("/v1"), json!({"num_retries": 1})).run();
    run.assert_success();
    assert_eq!(run.receipt()["usage"]["attempts"], 6);
    let count = |event: &str| {
        let lines = run.stderr.lines().filter(|line| line.contains(event));
        lines
            .filter(|line| line.contains(r#""provider":"openai""#))
            .count()
    };
    assert_eq!(count(r#""event":"told_pause""#), 5, "{run:?}");
    assert_eq!(count(r#""event":"retry""#), 5, "{run:?}");
    assert!(run.stderr.contains(r#""pause_ms":120}"#), "{run:?}");
}

#[test]
fn reads_a_requested_pause_in_every_format() {
    let soon = SystemTime::now() + Duration::from_secs(4);
    let epoch_ms = soon.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
    let open_router = json!({"error": {"code": 429, "message": "Rate limit exceeded",
        "metadata": {"headers": {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": epoch_ms.to_string()}}}});
    let gemini = json!([{"error": {"code": 429, "details": [{"retryDelay": "1.5s"}]}}]);
    let limit = |name: &str, value: &str| Answer::new(429, "").header(name, value);
    for (answer, at_least, below) in [
        (Answer::json(429, &gemini), 1_500, 3_000),
        (limit("x-ratelimit-reset-requests", "1.5s"), 1_500, 3_000),
        (limit("x-ratelimit-reset-tokens", "0m1s"), 1_000, 3_000),
        (limit("llm_provider-retry-after", "1"), 1_000, 3_000),
        (Answer::new(429, "Please try again in 1.5s."), 1_500, 3_000),
        (
            Answer::new(503, "").header("x-ratelimit-reset", "30"),
            500,
            10_000,
        ),
        (Answer::new(500, "").header("retry-after", "inf"), 500, 10_000),
        (
            Answer::json(200, &json!({"error": {"code": 429, "message": "retry in 1.5s"}})),
            1_500,
            3_000,
        ),
    ] {
        let server = Server::script([answer.clone(), good()]);
        let started = Instant::now();
        real_at(&server.url("/v1"), json!({})).run().assert_success();
        let elapsed = started.elapsed().as_millis();
        assert!((at_least..below).contains(&elapsed), "{answer:?} {elapsed}");
    }
    let server = Server::script([Answer::json(429, &open_router), good()]);
    real_at(&server.url("/v1"), json!({})).run().assert_success();
    assert!(SystemTime::now() >= soon - Duration::from_millis(1));
}

#[test]
fn backs_off_when_the_requested_pause_is_zero() {
    let server = Server::always(at_once(Answer::new(429, "")));
    let started = Instant::now();
    let run = real_at(&server.url("/v1"), json!({})).run();
    run.assert_failure("ERR_PROVIDER_RATE_LIMIT", 12);
    assert_eq!(server.requests().len(), 3);
    assert!(started.elapsed() >= Duration::from_millis(1_500));
}

#[test]
fn does_not_retry_permanent_failures() {
    let mut answers = vec![
        Answer::new(429, QUOTA),
        Answer::new(200, "<html>"),
        Answer::new(200, "{").broken_off(),
    ];
    for status in [301, 400, 401, 402, 403, 404, 413, 422] {
        answers.push(Answer::new(status, "no"));
    }
    for answer in answers {
        let server = Server::always(at_once(answer));
        let run = real_at(&server.url("/v1"), json!({"num_retries": 5})).run();
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
    let run = real_at(&server.url("/v1"), json!({})).run();
    run.assert_success();
    assert_eq!(run.receipt()["usage"], json!({"attempts": 3}));
    let requests = server.requests();
    assert!(requests.iter().all(|request| request.body == requests[0].body));
    let retries = run
        .stderr
        .lines()
        .filter(|line| line.contains(r#""event":"retry""#));
    assert_eq!(retries.count(), 2, "{run:?}");

    let run = real_at(&service().url("/v1"), json!({})).run();
    assert_eq!(run.receipt()["usage"], json!({"attempts": 1}));
}

#[test]
fn a_connection_that_broke_before_an_answer_is_tried_again() {
    let server = Server::script([Answer::close(), good()]);
    real_at(&server.url("/v1"), json!({})).run().assert_success();
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn waits_as_long_as_the_service_asks() {
    // dates have no fractions: two seconds from now are more than one away
    let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(2));
    for (name, value, at_least) in [
        ("retry-after", "1", Duration::from_secs(1)),
        ("retry-after-ms", "700", Duration::from_millis(700)),
        ("retry-after", date.as_str(), Duration::ZERO),
    ] {
        let server = Server::script([Answer::new(429, "").header(name, value), good()]);
        let started = Instant::now();
        real_at(&server.url("/v1"), json!({})).run().assert_success();
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
    real_at(&server.url("/v1"), json!({})).run().assert_success();
    assert!(started.elapsed() >= Duration::from_millis(500));
}

#[test]
fn does_not_wait_past_the_deadline() {
    let server = Server::always(Answer::new(429, "come back tomorrow").header("retry-after", "86400"));
    for (name, value) in [("TIMEOUT_S", "30"), ("LOG_LEVEL", "info")] {
        let started = Instant::now();
        let run = real_at(&server.url("/v1"), json!({})).env(name, value).run();
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
    let run = real_at(&server.url("/v1"), json!({}))
        .env("TIMEOUT_S", "30")
        .run();
    let told = r#""event":"told_pause""#;
    assert!(
        run.stderr.contains(told) && run.stderr.contains(r#""pause_ms":86400000"#),
        "{run:?}"
    );
}

#[test]
fn a_request_has_a_timeout() {
    let server = Server::script([Answer::hang(), Answer::hang(), good()]);
    let run = real_at(&server.url("/v1"), json!({"timeout": 0.2})).run();
    run.assert_success();
    assert_eq!(run.receipt()["usage"], json!({"attempts": 3}));

    let server = Server::always(Answer::hang());
    let run = real_at(&server.url("/v1"), json!({"timeout": 0.2, "num_retries": 0})).run();
    run.assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
    run.assert_message("within 0.2 s; raise /params/timeout");
}

#[test]
fn the_deadline_overrides_the_request_timeout() {
    let server = Server::always(Answer::hang());
    let run = real_at(&server.url("/v1"), json!({"timeout": 60, "num_retries": 100})).env("TIMEOUT_S", "1");
    run.run().assert_failure("ERR_TIMEOUT", 124);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_signal_ends_a_pause() {
    let server = Server::always(Answer::new(503, "").header("retry-after", "100"));
    let started = real_at(&server.url("/v1"), json!({}))
        .env("TIMEOUT_S", "300")
        .start();
    server.wait_for(1);
    started.signal(Signal::TERM);
    started.wait().assert_failure("ERR_CANCELLED", 143);
    assert_eq!(server.requests().len(), 1);
}
