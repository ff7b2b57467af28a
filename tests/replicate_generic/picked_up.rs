//! The same execution does not pay twice.

use std::fs;
use std::time::SystemTime;

use support::{Answer, Dir, Test};

use crate::service::{Asset, Service, missing};

const DOCUMENT: &str = r#"{"mode":"real","model":"owner/name","params":{"prompt":"x"}}"#;

fn test(service: &Service, base: &Dir) -> Test {
    service
        .test(DOCUMENT)
        .artifacts(base.root())
        .env("TIMEOUT_S", "60")
}

/// Starts a run and kills it while it waits for the answer to its first poll.
fn killed(service: &Service, base: &Dir) {
    service.fail("GET", [Answer::hang()]);
    let started = test(service, base).start();
    service.wait_for(2);
    started.kill().assert_killed();
}

#[test]
fn a_killed_runs_prediction_is_picked_up() {
    let base = Dir::new();
    let service = Service::new(&[r#""status":"processing""#]);
    killed(&service, &base);
    service.state().course = vec![r#""status":"succeeded","output":"done""#.to_owned()];
    let finished = test(&service, &base).run();
    finished.assert_success();
    let created = service
        .lines()
        .iter()
        .filter(|line| line.starts_with("POST"))
        .count();
    assert_eq!(created, 1);
    let receipt = finished.receipt();
    assert_eq!(receipt["extra"]["prediction_id"], "p1");
    assert_eq!(receipt["extra"]["picked_up"], "true");
    assert_eq!(receipt["usage"]["attempts"], 0);
    assert!(
        !finished.files().keys().any(|name| name.contains("staging")),
        "{finished:?}"
    );
}

#[test]
fn what_has_come_to_nothing_is_asked_for_anew() {
    for last in [
        r#""status":"failed""#,
        r#""status":"canceled""#,
        r#""status":"aborted""#,
        r#""status":"succeeded","output":null,"data_removed":true"#,
    ] {
        let base = Dir::new();
        let service = Service::new(&[r#""status":"processing""#]);
        killed(&service, &base);
        service.state().course = vec![last.to_owned()];
        service.fail(
            "POST",
            [Answer::new(
                201,
                r#"{"id":"p9","status":"succeeded","output":"anew"}"#,
            )],
        );
        let finished = test(&service, &base).run();
        finished.assert_success();
        assert_eq!(finished.receipt()["extra"]["prediction_id"], "p9");
        assert!(finished.receipt()["extra"].get("picked_up").is_none());
    }
}

#[test]
fn one_that_the_service_does_not_know_is_asked_for_anew() {
    let base = Dir::new();
    let service = Service::new(&[r#""status":"processing""#]);
    killed(&service, &base);
    let other = Service::new(&[r#""status":"succeeded""#]);
    test(&other, &base).run().assert_success();
    let mut lines = other.lines();
    assert_eq!(lines.pop().unwrap(), "POST /v1/models/owner/name/predictions");
    assert_eq!(
        lines,
        vec!["GET /v1/predictions/p1"; 4],
        "it is not believed at once"
    );
}

#[test]
fn one_that_is_not_found_for_a_moment_is_not_paid_again() {
    let base = Dir::new();
    let service = Service::new(&[r#""status":"processing""#]);
    killed(&service, &base);
    service.state().course = vec![r#""status":"succeeded""#.to_owned()];
    service.fail("GET", [missing()]);
    let finished = test(&service, &base).run();
    finished.assert_success();
    assert_eq!(finished.receipt()["extra"]["picked_up"], "true");
    assert_eq!(service.state().predictions.len(), 1);
}

/// A prediction that has succeeded now, with one file.
fn young() -> Service {
    let now = humantime::format_rfc3339_millis(SystemTime::now());
    let service = Service::with_output(r#""{origin}/a.png""#);
    service.state().course[0] += &format!(r#","completed_at":"{now}""#);
    service
}

#[test]
fn a_file_that_is_not_found_for_a_moment_is_fetched() {
    let service = young();
    service.asset("/a.png", Asset::new("image/png", "png"));
    service.fail("GET /a.png", [Answer::new(404, ""), Answer::new(404, "")]);
    let base = Dir::new();
    let finished = test(&service, &base).run();
    finished.assert_success();
    assert_eq!(finished.files()["demo/run-1/outputs/assets/00.png"], b"png");
}

#[test]
fn what_must_still_be_there_is_not_given_up() {
    let base = Dir::new();
    let service = young();
    let failed = test(&service, &base).run();
    failed.assert_refused("ERR_PROVIDER_UNAVAILABLE", 13);
    for part in ["answered 404", "picks it up"] {
        failed.assert_message(part);
    }
    service.fail("GET /v1/predictions", vec![missing(); 4]);
    let failed = test(&service, &base).run();
    failed.assert_refused("ERR_PROVIDER_UNAVAILABLE", 13);
    failed.assert_message("404 for the prediction p1");

    service.asset("/a.png", Asset::new("image/png", "png"));
    let finished = test(&service, &base).run();
    finished.assert_success();
    assert_eq!(service.state().predictions.len(), 1);
}

#[test]
fn a_service_that_cannot_tell_is_not_paid_again() {
    let base = Dir::new();
    let service = Service::new(&[r#""status":"processing""#]);
    killed(&service, &base);
    let before = service.requests().len();
    service.fail("GET", [Answer::new(401, "")]);
    let finished = test(&service, &base).run();
    finished.assert_refused("ERR_PROVIDER_AUTH", 10);
    assert_eq!(service.requests().len(), before + 1);
    service.state().course = vec![r#""status":"succeeded""#.to_owned()];
    test(&service, &base).run().assert_success();
}

#[test]
fn a_success_whose_files_did_not_come_is_picked_up() {
    let base = Dir::new();
    let service = Service::with_output(r#""{origin}/a.png""#);
    service.fail("GET /a.png", [Answer::new(403, "")]);
    let failed = test(&service, &base).run();
    failed.assert_refused("ERR_PROVIDER_RESPONSE", 14);
    failed.assert_message("picks it up");
    service.asset("/a.png", Asset::new("image/png", "png"));
    let finished = test(&service, &base).run();
    finished.assert_success();
    assert_eq!(finished.files()["demo/run-1/outputs/assets/00.png"], b"png");
    assert_eq!(service.state().predictions.len(), 1);
}

#[test]
fn a_success_whose_files_are_gone_is_made_again() {
    let base = Dir::new();
    let service = Service::with_output(r#""{origin}/a.png""#);
    let failed = test(&service, &base).run();
    failed.assert_failure("ERR_PROVIDER_RESPONSE", 14);
    failed.assert_message("makes it again");
    service.asset("/a.png", Asset::new("image/png", "png"));
    test(&service, &base).run().assert_success();
    assert_eq!(service.state().predictions.len(), 2);
}

#[test]
fn other_inputs_are_another_prediction() {
    let base = Dir::new();
    let service = Service::new(&[r#""status":"processing""#]);
    killed(&service, &base);
    service.state().course = vec![r#""status":"succeeded""#.to_owned()];
    let other = r#"{"mode":"real","model":"owner/name","params":{"prompt":"y"}}"#;
    let finished = service.test(other).artifacts(base.root()).run();
    finished.assert_success();
    assert_eq!(finished.receipt()["extra"]["prediction_id"], "p2");
}

#[test]
fn cancels_a_prediction_that_it_could_not_pick_up_in_time() {
    let base = Dir::new();
    let service = Service::new(&[r#""status":"processing""#]);
    killed(&service, &base);
    service.fail("GET", [Answer::hang()]);
    let finished = test(&service, &base).env("TIMEOUT_S", "1").run();
    finished.assert_failure("ERR_TIMEOUT", 124);
    assert_eq!(service.state().cancelled, ["p1"]);
    finished.assert_message("the prediction p1 was cancelled");
}

#[test]
fn ignores_a_checkpoint_that_is_no_id() {
    let base = Dir::new();
    let service = Service::new(&[r#""status":"processing""#]);
    killed(&service, &base);
    let path = base.path("demo/run-1/.staging-run-1/kept.json");
    let kept = fs::read_to_string(&path).unwrap();
    fs::write(&path, kept.replace("p1", "..")).unwrap();
    service.state().course = vec![r#""status":"succeeded""#.to_owned()];
    let finished = test(&service, &base).run();
    finished.assert_success();
    assert_eq!(finished.receipt()["extra"]["prediction_id"], "p2");
}

#[test]
fn a_dead_address_in_a_text_is_not_paid_for_again() {
    let base = Dir::new();
    let service = Service::new(&[r#""status":"succeeded","output":{"homepage":"{origin}/dead"}"#]);
    for _ in 0..2 {
        let failed = test(&service, &base).run();
        failed.assert_refused("ERR_PROVIDER_RESPONSE", 14);
        failed.assert_message("REPLICATE_UNTYPED_FILES=ignore");
    }
    let finished = test(&service, &base)
        .env("REPLICATE_UNTYPED_FILES", "ignore")
        .run();
    finished.assert_success();
    assert_eq!(service.state().predictions.len(), 1);
}
