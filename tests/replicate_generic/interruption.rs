//! Predictions that nobody waits for any more are cancelled.

use std::time::{Duration, Instant};

use support::{Answer, Finished, Signal, Test};

use crate::service::Service;

const DOCUMENT: &str = r#"{"mode":"real","model":"owner/name"}"#;

/// Sends a signal once so many requests have come.
fn signalled(service: &Service, test: &Test, signal: Signal, requests: usize) -> Finished {
    let started = test.start();
    service.wait_for(requests);
    started.signal(signal);
    started.wait()
}

#[test]
fn the_deadline_cancels() {
    let service = Service::new(&[r#""status":"processing""#]);
    let finished = service.test(DOCUMENT).env("TIMEOUT_S", "1").run();
    finished.assert_failure("ERR_TIMEOUT", 124);
    assert_eq!(service.state().cancelled, ["p1"]);
    finished.assert_message("the prediction p1 was cancelled, as the service has confirmed");
}

#[test]
fn signals_cancel() {
    for (signal, status) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let service = Service::new(&[r#""status":"processing""#]);
        let finished = signalled(&service, &service.test(DOCUMENT), signal, 3);
        finished.assert_failure("ERR_CANCELLED", status);
        assert_eq!(service.state().cancelled, ["p1"]);
        let message = finished.receipt()["error"]["message"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(message.contains("as the service has confirmed"), "{message}");
    }
}

#[test]
fn a_prediction_whose_id_is_not_known_yet_is_cancelled_once_it_is() {
    let service = Service::new(&[r#""status":"processing""#]);
    service.hold_back(true);
    let started = service.test(DOCUMENT).start();
    service.wait_for(1);
    started.signal(Signal::TERM);
    service.hold_back(false);
    let finished = started.wait();
    finished.assert_failure("ERR_CANCELLED", 143);
    assert_eq!(service.state().cancelled, ["p1"]);
    finished.assert_message("the prediction p1 was cancelled");
}

#[test]
fn a_prediction_whose_id_never_comes_may_have_been_made() {
    let service = Service::new(&[]);
    service.fail("POST", [Answer::hang()]);
    let finished = service.test(DOCUMENT).env("TIMEOUT_S", "1").run();
    finished.assert_failure("ERR_TIMEOUT", 124);
    finished.assert_message("may have been made");
}

#[test]
fn a_service_that_does_not_answer_is_waited_for_no_longer_than_5_seconds() {
    let service = Service::new(&[r#""status":"processing""#]);
    service.fail("POST /v1/predictions/p1/cancel", [Answer::hang()]);
    let started = Instant::now();
    let finished = service.test(DOCUMENT).env("TIMEOUT_S", "1").run();
    finished.assert_refused("ERR_TIMEOUT", 124);
    finished.assert_message("has not confirmed");
    assert!(
        started.elapsed() < Duration::from_secs(8),
        "1 second, and 5 to clean up"
    );
}

#[test]
fn requests_no_prediction_after_the_deadline() {
    let service = Service::new(&[r#""status":"processing""#]);
    let finished = service.test(DOCUMENT).env("TIMEOUT_S", "0.001").run();
    finished.assert_failure("ERR_TIMEOUT", 124);
    assert!(service.requests().is_empty(), "{:?}", service.lines());
    assert!(!finished.message().contains("prediction"), "{finished:?}");
}

#[test]
fn cancelling_is_tried_for_as_long_as_there_is_time() {
    let service = Service::new(&[r#""status":"processing""#]);
    let busy = [500, 409, 429].map(|status| Answer::new(status, ""));
    service.fail("POST /v1/predictions/p1/cancel", busy);
    let finished = service.test(DOCUMENT).env("TIMEOUT_S", "1").run();
    finished.assert_failure("ERR_TIMEOUT", 124);
    finished.assert_message("as the service has confirmed");
}

#[test]
fn reports_a_cancellation_that_is_refused_or_ignored() {
    let service = Service::new(&[r#""status":"processing""#]);
    service.fail("POST /v1/predictions/p1/cancel", vec![Answer::new(500, ""); 1000]);
    let finished = service.test(DOCUMENT).env("TIMEOUT_S", "1").run();
    finished.assert_refused("ERR_TIMEOUT", 124);
    finished.assert_message("has not confirmed");

    let service = Service::new(&[
        r#""status":"processing""#,
        r#""status":"processing""#,
        r#""status":"succeeded""#,
    ]);
    service.state().ignores_cancelling = true;
    service.fail("GET", [Answer::hang()]);
    let finished = service.test(DOCUMENT).env("TIMEOUT_S", "1").run();
    finished.assert_refused("ERR_TIMEOUT", 124);
    finished.assert_message("the prediction p1 succeeded");
}

#[test]
fn a_prediction_that_was_refused_in_the_end_was_not_made() {
    let service = Service::new(&[]);
    service.fail("POST", [Answer::new(422, r#"{"detail":"no"}"#)]);
    service.hold_back(true);
    let started = service.test(DOCUMENT).start();
    service.wait_for(1);
    started.signal(Signal::TERM);
    service.hold_back(false);
    let finished = started.wait();
    // whichever is seen first
    assert!([11, 143].contains(&finished.status), "{finished:?}");
    assert!(!finished.message().contains("may have been made"), "{finished:?}");
}
