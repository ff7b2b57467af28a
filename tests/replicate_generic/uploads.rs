//! Input files.

use std::fs;

use serde_json::{Value, json};
use support::{Answer, Dir, Test};

use crate::service::{Service, sha256};

/// A run with one input file of this content, which it names twice.
fn test(service: &Service, base: &Dir, content: &[u8], sha256: Option<&str>) -> Test {
    fs::write(base.path("cat.png"), content).unwrap();
    let mut file = json!({"path": "world://artifacts/cat.png"});
    if let Some(sha256) = sha256 {
        file["sha256"] = sha256.into();
    }
    let params = json!({"images": [{"$file": "cat"}, {"$file": "cat"}]});
    let document = json!({"mode": "real", "model": "owner/name", "params": params, "files": {"cat": file}});
    service.test(&document.to_string()).artifacts(base.root())
}

fn succeeding() -> Service {
    Service::new(&[
        r#""status":"processing""#,
        r#""status":"succeeded","output":"done""#,
    ])
}

fn large() -> Vec<u8> {
    let mut content = b"\x89PNG\r\n\x1a\n".to_vec();
    content.resize(300_000, 7);
    content
}

fn sent(service: &Service) -> Value {
    let requests = service.requests();
    let creation = requests
        .iter()
        .find(|request| request.path.ends_with("/predictions"));
    creation.unwrap().json()["input"]["images"].clone()
}

#[test]
fn sends_small_files_as_data_uris() {
    let (service, base) = (succeeding(), Dir::new());
    test(&service, &base, b"\x89PNG\r\n\x1a\n", None)
        .run()
        .assert_success();
    let uri = "data:image/png;base64,iVBORw0KGgo=";
    assert_eq!(sent(&service), json!([uri, uri]));
    assert!(service.state().files.is_empty());
}

#[test]
fn uploads_larger_files_and_removes_them_afterwards() {
    let (service, base) = (succeeding(), Dir::new());
    let content = large();
    let finished = test(&service, &base, &content, Some(&sha256(&content))).run();
    finished.assert_success();
    let url = service.url("/v1/files/f1");
    assert_eq!(sent(&service), json!([url, url]));
    assert_eq!(
        service.lines(),
        [
            "POST /v1/files",
            "POST /v1/models/owner/name/predictions",
            "GET /v1/predictions/p1",
            "DELETE /v1/files/f1"
        ]
    );
    let upload = &service.requests()[0];
    let length = upload.body.len().to_string();
    assert_eq!(upload.header("content-length"), Some(length.as_bytes()));
    let head = String::from_utf8_lossy(&upload.body[..300]).into_owned();
    for part in ["name=\"content\"", "filename=\"cat.png\"", "image/png"] {
        assert!(head.contains(part), "{head}");
    }
    assert!(
        service
            .requests()
            .iter()
            .all(|request| request.header("authorization").is_some())
    );
}

#[test]
fn the_limit_is_the_services() {
    for (size, uploads) in [(256_000, 0), (256_001, 1)] {
        let (service, base) = (succeeding(), Dir::new());
        test(&service, &base, &vec![1; size], None).run().assert_success();
        assert_eq!(service.state().files.len(), uploads);
    }
}

#[test]
fn repeats_an_upload_only_when_it_was_throttled() {
    let (service, base) = (succeeding(), Dir::new());
    service.fail("POST /v1/files", [Answer::new(429, r#"{"retry_after":0}"#)]);
    test(&service, &base, &large(), None).run().assert_success();
    assert_eq!(service.state().files.len(), 1);

    let (service, base) = (succeeding(), Dir::new());
    service.fail("POST /v1/files", [Answer::new(500, "")]);
    let finished = test(&service, &base, &large(), None).run();
    finished.assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
    assert_eq!(service.requests().len(), 1);
}

#[test]
fn an_answer_to_an_upload_that_cannot_be_right_is_refused() {
    let other = sha256(b"another file");
    for answer in [
        json!({"id": "f1"}),
        json!({"urls": {"get": "x"}}),
        json!({"id": "f1", "urls": {"get": "x"}, "checksums": {"sha256": other}}),
    ] {
        let (service, base) = (succeeding(), Dir::new());
        service.fail("POST /v1/files", [Answer::json(201, &answer)]);
        let finished = test(&service, &base, &large(), None).run();
        finished.assert_failure("ERR_PROVIDER_RESPONSE", 14);
        let is_known = answer["urls"]["get"] == "x" && answer["id"] == "f1";
        let removals = service
            .lines()
            .iter()
            .filter(|line| *line == "DELETE /v1/files/f1")
            .count();
        assert_eq!(removals, usize::from(is_known), "{answer}");
    }
}

#[test]
fn files_are_removed_when_a_run_fails_and_a_failure_to_remove_them_is_no_failure() {
    let base = Dir::new();
    let service = Service::new(&[]);
    service.fail("POST /v1/models", [Answer::new(422, r#"{"detail":"no"}"#)]);
    test(&service, &base, &large(), None)
        .run()
        .assert_failure("ERR_PROVIDER_REJECTED", 11);
    assert_eq!(service.lines().last().unwrap(), "DELETE /v1/files/f1");

    let (service, base) = (succeeding(), Dir::new());
    service.fail("DELETE", [Answer::new(500, "")]);
    let finished = test(&service, &base, &large(), None).run();
    finished.assert_success();
    assert!(finished.stderr.contains("file_not_removed"), "{finished:?}");
}

#[test]
fn files_are_removed_when_a_run_is_cancelled() {
    let base = Dir::new();
    let service = Service::new(&[r#""status":"processing""#]);
    let finished = test(&service, &base, &large(), None).env("TIMEOUT_S", "2").run();
    finished.assert_failure("ERR_TIMEOUT", 124);
    let lines = service.lines();
    assert_eq!(
        lines[lines.len() - 2..],
        ["POST /v1/predictions/p1/cancel", "DELETE /v1/files/f1"]
    );
}

#[test]
fn a_file_with_another_hash_is_not_sent() {
    let (service, base) = (succeeding(), Dir::new());
    let finished = test(&service, &base, &large(), Some(&sha256(b"another"))).run();
    finished.assert_failure("ERR_INPUTS", 3);
    assert!(service.requests().is_empty());
}

#[test]
fn files_of_a_prediction_that_may_go_on_stay() {
    let base = Dir::new();
    let service = Service::new(&[r#""status":"processing""#]);
    service.fail("POST /v1/predictions/p1/cancel", vec![Answer::new(500, ""); 1000]);
    let finished = test(&service, &base, &large(), None).env("TIMEOUT_S", "2").run();
    finished.assert_refused("ERR_TIMEOUT", 124);
    assert!(
        !service.lines().iter().any(|line| line.starts_with("DELETE")),
        "{finished:?}"
    );

    service.state().course = vec![r#""status":"succeeded""#.to_owned()];
    test(&service, &base, &large(), None).run().assert_success();
    assert_eq!(service.lines().last().unwrap(), "DELETE /v1/files/f1");
    assert_eq!(service.state().predictions.len(), 1);
}

#[test]
fn files_stay_where_a_prediction_may_have_been_made() {
    for answer in [Answer::close(), Answer::new(502, ""), Answer::new(201, "{")] {
        let (service, base) = (succeeding(), Dir::new());
        service.fail("POST /v1/models", [answer]);
        let finished = test(&service, &base, &large(), None).run();
        finished.assert_message("a prediction may have been made");
        assert_eq!(
            service.lines().last().unwrap(),
            "POST /v1/models/owner/name/predictions"
        );
    }
}

#[test]
fn reports_a_confirmed_cancellation_though_a_file_stays() {
    let base = Dir::new();
    let service = Service::new(&[r#""status":"processing""#]);
    service.fail("DELETE", [Answer::hang()]);
    let finished = test(&service, &base, &large(), None).env("TIMEOUT_S", "2").run();
    finished.assert_failure("ERR_TIMEOUT", 124);
    finished.assert_message("as the service has confirmed");
}

#[test]
fn a_killed_runs_files_are_removed_by_the_next() {
    let base = Dir::new();
    let service = Service::new(&[r#""status":"succeeded""#]);
    service.hold_back(true);
    let started = test(&service, &base, &large(), None).start();
    service.wait_for(2);
    started.kill().assert_killed();
    service.hold_back(false);
    test(&service, &base, &large(), None).run().assert_success();
    let lines = service.lines();
    let removals = lines
        .iter()
        .filter(|line| line.starts_with("DELETE"))
        .collect::<Vec<_>>();
    assert_eq!(removals, ["DELETE /v1/files/f1", "DELETE /v1/files/f2"]);
}
