//! What is asked again, and what is not.

use std::time::{Duration, Instant};

use support::{Answer, Run};

use crate::service::{Service, TOKEN};

const DOCUMENT: &str = r#"{"mode":"real","model":"owner/name"}"#;

fn throttled() -> Answer {
    Answer::new(
        429,
        r#"{"detail":"Request was throttled.","status":429,"retry_after":0}"#,
    )
}

#[test]
fn a_prediction_that_was_throttled_is_asked_for_again() {
    let service = Service::new(&[r#""status":"succeeded""#]);
    let by_header = Answer::new(429, "").header("retry-after", "0");
    let by_reset = Answer::new(429, "{}").header("ratelimit-reset", "0");
    service.fail("POST", [throttled(), by_header, by_reset]);
    let started = Instant::now();
    let finished = service.run(DOCUMENT).finish();
    finished.assert_success();
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "what is asked for is obeyed"
    );
    assert_eq!(finished.receipt()["usage"]["attempts"], 4);
}

#[test]
fn throttling_without_an_end_is_told() {
    let service = Service::new(&[]);
    service.fail("POST", vec![throttled(); 50]);
    let finished = service.run(DOCUMENT).finish();
    finished.assert_failure("ERR_PROVIDER_RATE_LIMIT", 12);
    assert_eq!(service.requests().len(), 5);
}

#[test]
fn a_pause_beyond_the_deadline_is_not_begun() {
    let service = Service::new(&[]);
    service.fail(
        "POST",
        [Answer::new(429, r#"{"detail":"throttled","retry_after":100}"#)],
    );
    let finished = service.run(DOCUMENT).env("TIMEOUT_S", "30").finish();
    finished.assert_failure("ERR_PROVIDER_RATE_LIMIT", 12);
    assert!(finished.message().contains("asks to wait 100 s"), "{finished:?}");
    assert_eq!(service.requests().len(), 1);
}

#[test]
fn polls_outlast_what_passes() {
    let service = Service::new(&[r#""status":"processing""#, r#""status":"succeeded""#]);
    let busy = |status| Answer::new(status, "").header("retry-after", "0");
    service.fail(
        "GET /v1/predictions",
        [busy(500), busy(503), throttled(), Answer::close()],
    );
    let finished = service.run(DOCUMENT).finish();
    finished.assert_success();
    assert_eq!(service.requests().len(), 1 + 4 + 1);
    assert_eq!(finished.receipt()["usage"]["attempts"], 1);
}

#[test]
fn a_poll_that_is_refused_is_not_asked_again_and_says_that_the_prediction_goes_on() {
    let service = Service::new(&[r#""status":"processing""#]);
    service.fail("GET", [Answer::new(401, r#"{"detail":"Unauthenticated"}"#)]);
    let finished = service.run(DOCUMENT).finish();
    finished.assert_refused("ERR_PROVIDER_AUTH", 10);
    assert!(
        finished.message().contains("the prediction p1 goes on"),
        "{finished:?}"
    );
    assert_eq!(service.requests().len(), 2);
}

#[test]
fn an_answer_that_breaks_off_is_not_paid_for_twice() {
    for answer in [Answer::close(), Answer::new(201, "{\"id\":").broken_off()] {
        let service = Service::new(&[]);
        service.fail("POST", [answer]);
        let finished = service.run(DOCUMENT).finish();
        finished.assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
        assert!(
            finished.message().contains("a prediction may have been made"),
            "{finished:?}"
        );
        assert_eq!(service.requests().len(), 1);
    }
}

#[test]
fn a_connection_that_is_never_made_is_tried_again() {
    let service = Service::new(&[]);
    let address = service.url("/");
    drop(service);
    let started = Instant::now();
    let finished = Run::of(env!("CARGO_BIN_EXE_replicate-generic"))
        .inputs(DOCUMENT)
        .env("REPLICATE_BASE_URL", address)
        .env("REPLICATE_API_TOKEN", TOKEN)
        .finish();
    finished.assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
    assert!(finished.stderr.contains(r#""event":"retry""#), "{finished:?}");
    assert!(started.elapsed() < Duration::from_secs(30));
}
