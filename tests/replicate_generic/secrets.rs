//! Secrets among the parameters.

use serde_json::{Value, json};
use support::{Answer, Dir, Finished, Test};

use crate::service::{Asset, Service};

const SECRET: &str = "p\"a\\s/wörd-0123456789";
const DOCUMENT: &str = r#"{"mode":"real","model":"owner/name","params":{"keys":[{"api_key":{"$secret":"OWN_KEY"}}],"prompt":"x"}}"#;

fn run(service: &Service) -> Test {
    service
        .test(DOCUMENT)
        .env("OWN_KEY", SECRET)
        .env("LOG_LEVEL", "trace")
}

/// A JSON string without its quotes, all of it in escapes.
fn escaped(text: &str) -> String {
    text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect()
}

fn assert_clean(finished: &Finished) {
    let quoted = Value::from(SECRET).to_string();
    for form in [
        SECRET,
        &quoted[1..quoted.len() - 1],
        &escaped(SECRET),
        "0123456789",
    ] {
        finished.assert_nowhere(form);
    }
}

#[test]
fn only_the_service_gets_a_secret() {
    let quoted = Value::from(SECRET).to_string();
    let spelt = format!("\"{}\"", escaped(SECRET));
    for echo in [quoted, spelt] {
        let service = Service::new(&[&format!(
            r#""status":"succeeded","input":{{"keys":[{{"api_key":{echo}}}]}},"logs":{echo},"output":[ {echo}, 1.50, "text" ]"#
        )]);
        let finished = run(&service).run();
        finished.assert_success();
        assert_eq!(
            service.requests()[0].json(),
            json!({"input": {"keys": [{"api_key": SECRET}], "prompt": "x"}})
        );
        assert_clean(&finished);
        let files = finished.files();
        let text = |name| String::from_utf8_lossy(&files[name]).into_owned();
        assert_eq!(
            text("demo/run-1/outputs/response.json"),
            r#"{"result":[ "[REDACTED]", 1.50, "text" ]}"#
        );
        let prediction: Value = serde_json::from_str(&text("demo/run-1/outputs/prediction.json")).unwrap();
        assert_eq!(prediction["input"]["keys"][0]["api_key"], "[REDACTED]");
    }
}

#[test]
fn errors_and_logs_redact_a_secret() {
    let quoted = Value::from(SECRET).to_string();
    let failed = format!(r#""status":"failed","error":{quoted},"logs":{quoted}"#);
    let service = Service::new(&[&failed]);
    let finished = run(&service).run();
    finished.assert_failure("ERR_PROVIDER_FAILED", 15);
    assert_clean(&finished);
    finished.assert_message("[REDACTED]");

    let service = Service::new(&[]);
    service.fail(
        "POST",
        [Answer::json(422, &json!({"detail": format!("no {SECRET}")}))],
    );
    let finished = run(&service).run();
    finished.assert_failure("ERR_PROVIDER_REJECTED", 11);
    assert_clean(&finished);

    let service = Service::new(&[&format!(r#""status":"succeeded","output":[],"logs":{quoted}"#)]);
    let finished = run(&service).run();
    finished.assert_success();
    assert_clean(&finished);
    assert_eq!(finished.receipt()["extra"]["log_tail"], "[REDACTED]");
}

#[test]
fn redacts_a_secret_of_a_prediction_that_is_picked_up() {
    let quoted = Value::from(SECRET).to_string();
    let service = Service::new(&[
        r#""status":"processing""#,
        &format!(r#""status":"succeeded","output":{quoted},"input":{quoted}"#),
    ]);
    service.fail("GET", [Answer::new(401, "")]);
    let base = Dir::new();
    let finished = run(&service).artifacts(base.root()).run();
    finished.assert_refused("ERR_PROVIDER_AUTH", 10);
    assert_clean(&finished);
    let finished = run(&service).artifacts(base.root()).run();
    finished.assert_success();
    assert_clean(&finished);
    assert_eq!(finished.receipt()["extra"]["picked_up"], "true");
}

#[test]
fn a_missing_secret_is_reported_before_the_prediction() {
    let service = Service::new(&[]);
    let finished = service.test(DOCUMENT).run();
    finished.assert_refused("ERR_MISSING_SECRET", 6);
    finished.assert_message("/params/keys/0/api_key");
    let own = DOCUMENT.replace("OWN_KEY", "REPLICATE_API_TOKEN");
    let finished = service.test(&own).run();
    finished.assert_failure("ERR_INPUTS", 3);
    assert!(service.requests().is_empty());
}

#[test]
fn a_file_of_the_output_is_left_as_it_is() {
    let service = Service::with_output(r#"["{origin}/a.txt"]"#);
    service.asset("/a.txt", Asset::new("text/plain", SECRET));
    let finished = run(&service).run();
    finished.assert_success();
    assert_eq!(
        finished.files()["demo/run-1/outputs/assets/00.txt"],
        SECRET.as_bytes()
    );
}
