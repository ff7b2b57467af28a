//! Predictions that succeed.

use serde_json::json;

use crate::service::Service;

const DOCUMENT: &str = r#"{"mode":"real","model":"owner/name","params":{"prompt":"a \"b\"","steps":4.0}}"#;

#[test]
fn a_prediction_is_polled_until_it_succeeds() {
    let service = Service::new(&[
        r#""status":"starting","output":null,"metrics":{}"#,
        r#""status":"processing","logs":"  5%| |""#,
        r#""status":"processing","logs":"  5%| |\r 50%|#|""#,
        r#""status":"succeeded","output": [ "text", 1.50 ],"error":null,"metrics":{"predict_time":1.25,"image_count":1,"note":"x"}"#,
    ]);
    let finished = service.checked_test(DOCUMENT).run();
    finished.assert_success();
    let files = finished.files();
    assert_eq!(
        String::from_utf8_lossy(&files["demo/run-1/outputs/response.json"]),
        r#"{"result":[ "text", 1.50 ]}"#
    );
    let last = String::from_utf8_lossy(&files["demo/run-1/outputs/prediction.json"]).into_owned();
    assert!(
        last.starts_with(r#"{"id":"p1","model":"another","model":"owner/name""#),
        "{last}"
    );
    assert!(
        last.ends_with(r#""metrics":{"predict_time":1.25,"image_count":1,"note":"x"}}"#),
        "{last}"
    );

    let receipt = finished.receipt();
    assert_eq!(
        receipt["usage"],
        json!({"attempts": 1, "image_count": 1, "predict_time": 1.25, "predict_time_s": 1.25, "queue_time_s": 0.5})
    );
    assert_eq!(
        receipt["extra"],
        json!({"files": "0", "prediction_id": "p1", "model": "owner/name", "version": crate::service::HEX})
    );
    assert_eq!(receipt["processor_info"], "replicate_generic:v1");
    assert_eq!(
        service.lines(),
        [
            "GET /v1/models/owner/name",
            "POST /v1/models/owner/name/predictions",
            "GET /v1/predictions/p1",
            "GET /v1/predictions/p1",
            "GET /v1/predictions/p1"
        ]
    );
    assert!(finished.stderr.contains(r#""event":"progress""#), "{finished:?}");
    finished.assert_nowhere("odd");
}

#[test]
fn does_not_poll_a_prediction_that_is_done() {
    let service = Service::new(&[r#""status":"succeeded""#]);
    let finished = service.checked_test(r#"{"mode":"real"}"#).run();
    finished.assert_success();
    assert_eq!(
        finished.files()["demo/run-1/outputs/response.json"],
        br#"{"result":null}"#
    );
    assert_eq!(
        service.lines(),
        [
            "GET /v1/models/black-forest-labs/flux-schnell",
            "POST /v1/models/black-forest-labs/flux-schnell/predictions"
        ]
    );
}

#[test]
fn sends_prefer_and_cancel_after() {
    let asked = |timeout: Option<&str>| {
        let service = Service::new(&[r#""status":"succeeded""#]);
        let run = service.checked_test(DOCUMENT);
        match timeout {
            Some(timeout) => run.env("TIMEOUT_S", timeout),
            None => run,
        }
        .run()
        .assert_success();
        let request = service.requests().remove(1);
        let header = |name| String::from_utf8_lossy(request.header(name).unwrap()).into_owned();
        let life = header("cancel-after");
        let life: u64 = life.strip_suffix('s').unwrap().parse().unwrap();
        (header("prefer"), life)
    };
    assert_eq!(asked(None), ("wait=3".to_owned(), 86_400));
    let (wait, life) = asked(Some("600"));
    assert!(wait == "wait=3" && (540..=600).contains(&life), "{wait} {life}");
    let (wait, life) = asked(Some("3.5")); // of which the start has taken something
    assert!(wait != "wait=0" && life == 5, "{wait} {life}");
}

#[test]
fn a_model_that_no_inputs_name_is_reported() {
    let service = Service::new(&[r#""status":"succeeded","output":"text""#]);
    let run = service
        .checked_test(r#"{"mode":"real","params":{"prompt":"a"}}"#)
        .run();
    run.assert_success();
    assert!(
        service
            .lines()
            .contains(&"POST /v1/models/black-forest-labs/flux-schnell/predictions".to_owned()),
        "{:?}",
        service.lines()
    );
    let changed = &run.receipt()["extra"]["changed"];
    assert_eq!(changed, "model black-forest-labs/flux-schnell added");
}
