//! Which model runs.

use serde_json::json;
use support::Answer;

use crate::service::{HEX, Service};

fn document(model: &str) -> String {
    json!({"mode": "real", "model": model, "params": {"a": 1}}).to_string()
}

#[test]
fn every_form_has_its_endpoint() {
    for (model, line, version) in [
        (
            "owner/name".to_owned(),
            "POST /v1/models/owner/name/predictions",
            None,
        ),
        (format!("owner/name:{HEX}"), "POST /v1/predictions", Some(HEX)),
        (HEX.to_owned(), "POST /v1/predictions", Some(HEX)),
        (
            "deployments/owner/name".to_owned(),
            "POST /v1/deployments/owner/name/predictions",
            None,
        ),
    ] {
        let service = Service::new(&[r#""status":"succeeded""#]);
        let finished = service.test(&document(&model)).run();
        finished.assert_success();
        assert_eq!(service.lines(), [line]);
        let mut expected = json!({"input": {"a": 1}});
        if let Some(version) = version {
            expected["version"] = version.into();
        }
        assert_eq!(service.requests()[0].json(), expected);
        assert_eq!(finished.receipt()["extra"]["version"], HEX);
    }
}

#[test]
fn a_community_model_runs_in_its_latest_version() {
    let service = Service::new(&[r#""status":"succeeded""#]);
    service.says_of_output(json!({}));
    service.state().is_community = true;
    let finished = service.checked_test(&document("owner/name")).run();
    finished.assert_success();
    assert_eq!(
        service.lines(),
        [
            "GET /v1/models/owner/name",
            "POST /v1/models/owner/name/predictions",
            "POST /v1/predictions"
        ]
    );
    assert_eq!(
        service.requests()[2].json(),
        json!({"version": HEX, "input": {"a": 1}})
    );
    assert_eq!(finished.receipt()["extra"]["version"], HEX);
    assert_eq!(finished.receipt()["usage"]["attempts"], 2);
}

#[test]
fn the_receipt_has_the_version_that_the_answer_lacks() {
    let service = Service::new(&[]);
    service.says_of_output(json!({}));
    service.state().is_community = true;
    let bare = Answer::new(201, r#"{"id":"p1","status":"succeeded","output":1}"#);
    service.fail("POST /v1/predictions", [bare]);
    let finished = service.checked_test(&document("owner/name")).run();
    finished.assert_success();
    assert_eq!(finished.receipt()["extra"]["version"], HEX);
}

#[test]
fn a_model_that_is_not_there() {
    let service = Service::new(&[r#""status":"succeeded""#]);
    service.state().is_community = true;
    let finished = service.checked_test(&document("owner/name")).run();
    finished.assert_failure("ERR_PROVIDER_REJECTED", 11);
    finished.assert_message("could not be found");

    service
        .state()
        .models
        .insert("owner/name".to_owned(), json!({"latest_version": null}));
    let finished = service.checked_test(&document("owner/name")).run();
    finished.assert_failure("ERR_PROVIDER_REJECTED", 11);
    finished.assert_message("owner/name has no version");

    for model in [HEX, "deployments/owner/name"] {
        let service = Service::new(&[]);
        service.fail("POST", [crate::service::missing()]);
        let finished = service.checked_test(&document(model)).run();
        finished.assert_failure("ERR_PROVIDER_REJECTED", 11);
        assert_eq!(service.requests().len(), 1);
    }
}

#[test]
fn an_invalid_reference_lists_the_valid_forms() {
    let service = Service::new(&[]);
    for model in ["name", "owner/name:0123", "owner/name/x", "../name"] {
        let finished = service.checked_test(&document(model)).run();
        finished.assert_failure("ERR_INPUTS", 3);
        finished.assert_message("deployments/owner/name");
    }
    assert!(service.requests().is_empty());
}
