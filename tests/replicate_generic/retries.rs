//! What is asked again, and what is not.

use std::time::{Duration, Instant, SystemTime};

use support::{Answer, Test};

use crate::service::{Service, TOKEN, missing};

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
    let finished = service.test(DOCUMENT).run();
    finished.assert_success();
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "what is asked for is obeyed"
    );
    assert_eq!(finished.receipt()["usage"]["attempts"], 4);
}

#[test]
fn throttling_uses_up_no_retry() {
    let service = Service::new(&[r#""status":"succeeded""#]);
    let throttled = Answer::new(429, r#"{"detail":"throttled","retry_after":0.2}"#);
    service.fail("POST", vec![throttled; 9]);
    let finished = service.test(DOCUMENT).env("TIMEOUT_S", "60").run();
    finished.assert_success();
    assert_eq!(finished.receipt()["usage"]["attempts"], 10);
    let lines = |event: &str| {
        finished
            .stderr
            .lines()
            .filter(|line| line.contains(event))
            .count()
    };
    assert_eq!(lines(r#""event":"told_pause""#), 9, "{finished:?}");
    assert_eq!(lines(r#""event":"request""#), 10, "{finished:?}");
    assert_eq!(lines(r#""provider":"replicate""#), 28, "{finished:?}");
}

#[test]
fn throttling_is_waited_out_until_the_deadline() {
    for answer in [throttled(), Answer::new(429, "{}")] {
        let service = Service::new(&[]);
        service.fail("POST", vec![answer; 50]);
        let started = Instant::now();
        let finished = service.test(DOCUMENT).env("TIMEOUT_S", "6").run();
        finished.assert_failure("ERR_PROVIDER_RATE_LIMIT", 12);
        assert!(started.elapsed() >= Duration::from_secs(4), "{finished:?}");
        let requests = service.requests().len();
        assert!((3..=6).contains(&requests), "{requests}");
    }
}

#[test]
fn reads_a_requested_pause_in_every_format() {
    let in_two_seconds = SystemTime::now() + Duration::from_secs(2);
    let in_two_seconds = in_two_seconds
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs_f64();
    for (answer, at_least) in [
        (
            Answer::new(
                429,
                r#"{"detail":"Request was throttled. Your rate limit resets in ~2s.","status":429}"#,
            ),
            2.0,
        ),
        (Answer::new(429, r#"{"retry_after":"2"}"#), 2.0),
        (
            Answer::new(429, format!(r#"{{"retry_after":{in_two_seconds}}}"#)),
            0.0,
        ),
        (Answer::new(429, "").header("ratelimit-reset", "2"), 2.0),
    ] {
        let service = Service::new(&[r#""status":"succeeded""#]);
        service.fail("POST", [answer]);
        let started = Instant::now();
        service
            .test(DOCUMENT)
            .env("TIMEOUT_S", "20")
            .run()
            .assert_success();
        let elapsed = started.elapsed().as_secs_f64();
        assert!((at_least..10.0).contains(&elapsed), "{elapsed}");
    }
    assert!(SystemTime::now() >= SystemTime::UNIX_EPOCH + Duration::from_secs_f64(in_two_seconds));
}

#[test]
fn several_runs_that_are_throttled_together_all_end() {
    let service = Service::new(&[r#""status":"succeeded""#]);
    service.allow(1, Duration::from_millis(300));
    let runs: Vec<_> = (0..6)
        .map(|_| service.test(DOCUMENT).env("TIMEOUT_S", "60").start())
        .collect();
    for run in runs {
        run.wait().assert_success();
    }
    assert_eq!(service.state().predictions.len(), 6);
}

#[test]
fn polls_before_the_deadline_though_asked_to_wait_longer() {
    let service = Service::new(&[r#""status":"processing""#, r#""status":"succeeded""#]);
    service.fail(
        "GET /v1/predictions",
        [Answer::new(429, r#"{"detail":"throttled","retry_after":100}"#)],
    );
    let finished = service.test(DOCUMENT).env("TIMEOUT_S", "4").run();
    finished.assert_success();
    assert_eq!(service.requests().len(), 3);
}

#[test]
fn cancels_when_polling_fails_until_the_deadline() {
    for pause in [100.0, 0.7] {
        let service = Service::new(&[r#""status":"processing""#]);
        let throttled = Answer::new(429, format!(r#"{{"detail":"throttled","retry_after":{pause}}}"#));
        service.fail("GET /v1/predictions", vec![throttled; 20]);
        let finished = service.test(DOCUMENT).env("TIMEOUT_S", "3").run();
        finished.assert_failure("ERR_TIMEOUT", 124);
        assert_eq!(service.state().cancelled, ["p1"]);
        assert!(service.requests().len() < 12, "it is not hammered");
    }
}

#[test]
fn a_prediction_that_is_not_found_at_once_is_looked_for_again() {
    let service = Service::new(&[r#""status":"processing""#, r#""status":"succeeded""#]);
    service.fail("GET /v1/predictions", [missing(), missing()]);
    service.test(DOCUMENT).run().assert_success();
    assert_eq!(service.requests().len(), 4);

    let service = Service::new(&[r#""status":"processing""#]);
    service.fail("GET /v1/predictions", vec![missing(); 9]);
    let finished = service.test(DOCUMENT).run();
    finished.assert_refused("ERR_PROVIDER_REJECTED", 11);
    finished.assert_message("picks it up");
    assert_eq!(service.requests().len(), 5, "a few times, and no more");
}

#[test]
fn decodes_an_answer_it_did_not_ask_to_be_encoded() {
    let document = r#"{"id":"p1","status":"succeeded","output":"a text"}"#;
    let service = Service::new(&[]);
    service.fail("POST", [Answer::new(201, document).gzipped()]);
    let finished = service.test(DOCUMENT).run();
    finished.assert_success();
    assert_eq!(
        finished.files()["demo/run-1/outputs/prediction.json"],
        document.as_bytes()
    );
    let service = Service::new(&[]);
    let throttled = Answer::new(429, r#"{"detail":"throttled","retry_after":100}"#).gzipped();
    service.fail("POST", [throttled]);
    let finished = service.test(DOCUMENT).env("TIMEOUT_S", "30").run();
    finished.assert_message("asks to wait 100 s");
    let service = Service::new(&[]);
    service.fail(
        "POST",
        [Answer::new(201, "paid for").header("content-encoding", "br")],
    );
    let finished = service.test(DOCUMENT).run();
    assert_eq!(finished.assert_rejected("ERR_PROVIDER_RESPONSE", 14), b"paid for");
    finished.assert_message("Content-Encoding br");
}

#[test]
fn an_address_may_end_in_the_version() {
    let service = Service::new(&[r#""status":"processing""#, r#""status":"succeeded""#]);
    for end in ["/v1", "/v1/"] {
        let run = service.test(DOCUMENT).env("REPLICATE_BASE_URL", service.url(end));
        run.run().assert_success();
    }
    for line in service.lines() {
        assert!(!line.contains("/v1/v1"), "{line}");
    }
}

#[test]
fn a_pause_beyond_the_deadline_is_not_begun() {
    let service = Service::new(&[]);
    service.fail(
        "POST",
        [Answer::new(429, r#"{"detail":"throttled","retry_after":100}"#)],
    );
    let finished = service.test(DOCUMENT).env("TIMEOUT_S", "30").run();
    finished.assert_failure("ERR_PROVIDER_RATE_LIMIT", 12);
    finished.assert_message("asks to wait 100 s");
    assert_eq!(service.requests().len(), 1);
}

#[test]
fn polls_outlast_transient_failures() {
    let service = Service::new(&[r#""status":"processing""#, r#""status":"succeeded""#]);
    let busy = |status| Answer::new(status, "").header("retry-after", "0");
    service.fail(
        "GET /v1/predictions",
        [busy(500), busy(503), throttled(), Answer::close()],
    );
    let finished = service.test(DOCUMENT).run();
    finished.assert_success();
    assert_eq!(service.requests().len(), 1 + 4 + 1);
    assert_eq!(finished.receipt()["usage"]["attempts"], 1);
}

#[test]
fn a_poll_that_is_refused_is_not_asked_again_and_says_that_the_prediction_goes_on() {
    let service = Service::new(&[r#""status":"processing""#]);
    service.fail("GET", [Answer::new(401, r#"{"detail":"Unauthenticated"}"#)]);
    let finished = service.test(DOCUMENT).run();
    finished.assert_refused("ERR_PROVIDER_AUTH", 10);
    finished.assert_message("the prediction p1 goes on");
    assert_eq!(service.requests().len(), 2);
}

#[test]
fn an_answer_that_breaks_off_is_not_paid_for_twice() {
    for answer in [Answer::close(), Answer::new(201, "{\"id\":").broken_off()] {
        let service = Service::new(&[]);
        service.fail("POST", [answer]);
        let finished = service.test(DOCUMENT).run();
        finished.assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
        finished.assert_message("a prediction may have been made");
        assert_eq!(service.requests().len(), 1);
    }
}

#[test]
fn a_connection_that_is_never_made_is_tried_again() {
    let service = Service::new(&[]);
    let address = service.url("/");
    drop(service);
    let started = Instant::now();
    let finished = Test::processor(env!("CARGO_BIN_EXE_replicate-generic"))
        .inputs(DOCUMENT)
        .env("REPLICATE_BASE_URL", address)
        .env("REPLICATE_API_TOKEN", TOKEN)
        .run();
    finished.assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
    assert!(finished.stderr.contains(r#""event":"retry""#), "{finished:?}");
    assert!(started.elapsed() < Duration::from_secs(30));
}
