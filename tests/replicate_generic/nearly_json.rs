//! Answers that are nearly JSON.

use support::{Answer, Dir};

use crate::service::{Asset, Service};

const DOCUMENT: &str = r#"{"mode":"real","model":"owner/name"}"#;

#[test]
fn saves_a_final_answer_that_is_not_json() {
    for (output, what) in [
        ("[0.5,NaN]", "NaN at line 1 column "),
        ("{\"a\":\n -Infinity}", "-Infinity at line 2 column 2"),
        ("Infinity", "Infinity at line 1 column "),
        ("[\"a\u{1}b\"]", "a control character at line 1 column "),
    ] {
        let base = Dir::new();
        let service = Service::new(&[
            r#""status":"processing""#,
            &format!(r#""status":"succeeded","output":{output}"#),
        ]);
        let run = || service.test(DOCUMENT).artifacts(base.root());
        let failed = run().run();
        let kept = failed.assert_rejected("ERR_PROVIDER_RESPONSE", 14);
        assert!(String::from_utf8_lossy(&kept).contains(output), "{output}");
        let message = failed.message();
        assert!(
            message.contains(what) && message.contains("the prediction p1 has succeeded"),
            "{message}"
        );
        assert!(service.state().cancelled.is_empty());
        // it would be the same for ever
        service.state().course = vec![r#""status":"succeeded","output":"a text""#.to_owned()];
        let finished = run().run();
        finished.assert_success();
        assert_eq!(finished.receipt()["extra"]["prediction_id"], "p2");
    }
}

#[test]
fn invalid_utf_8_is_an_error_in_an_output_alone() {
    let answer = |output: &str, logs: &[u8]| {
        let start = format!(r#"{{"id":"p1","status":"succeeded","output":{output},"logs":""#);
        [start.as_bytes(), logs, br#""}"#].concat()
    };
    let service = Service::new(&[r#""status":"starting""#]);
    let body = answer("\"a\"", b"caf\xe9");
    service.fail("POST", [Answer::new(201, body.clone())]);
    let finished = service.test(DOCUMENT).run();
    finished.assert_success();
    assert_eq!(finished.files()["demo/run-1/outputs/prediction.json"], body);

    let service = Service::new(&[r#""status":"starting""#]);
    let body = [
        &br#"{"id":"p1","status":"succeeded","output":"caf"#[..],
        b"\xe9\"}",
    ]
    .concat();
    service.fail("POST", [Answer::new(201, body.clone())]);
    let failed = service.test(DOCUMENT).run();
    assert_eq!(failed.assert_rejected("ERR_PROVIDER_RESPONSE", 14), body);
    failed.assert_message("bytes that are no UTF-8 at line 1 column 46");
}

#[test]
fn tolerates_invalid_json_in_unneeded_fields() {
    let service = Service::with_output("0");
    service.state().course = vec![
        r#""status":"processing","metrics":{"loss":NaN}"#.to_owned(),
        r#""status":"processing","output":[NaN]"#.to_owned(),
        r#""status":"succeeded","output":["{origin}/a.png"],"metrics":{"predict_time":1.5,"loss":-Infinity},"logs":"a\u0001"#
            .replace("\\u0001", "\u{1}")
            + "\"",
    ];
    service.asset("/a.png", Asset::new("image/png", "png"));
    let finished = service.test(DOCUMENT).run();
    finished.assert_success();
    assert!(finished.files().contains_key("demo/run-1/outputs/assets/00.png"));
    let usage = finished.receipt()["usage"].clone();
    assert_eq!(usage["predict_time"], 1.5);
    assert!(usage.get("loss").is_none());
}

#[test]
fn a_byte_order_mark_is_read() {
    let service = Service::new(&[r#""status":"succeeded""#]);
    let body = "\u{feff}{\"id\":\"p1\",\"status\":\"succeeded\",\"output\":[\"a: b\", 1.50]}";
    service.fail("POST", [Answer::new(201, body)]);
    let finished = service.test(DOCUMENT).run();
    finished.assert_success();
    assert_eq!(
        finished.files()["demo/run-1/outputs/response.json"],
        br#"{"result":["a: b", 1.50]}"#
    );
}

#[test]
fn picks_up_a_final_answer_that_was_cut_off() {
    let base = Dir::new();
    let service = Service::new(&[
        r#""status":"starting""#,
        r#""status":"succeeded","output":"a text""#,
    ]);
    let run = || service.test(DOCUMENT).artifacts(base.root());
    let cut = r#"{"id":"p1","status":"succeeded","output":["a"#;
    service.fail("GET /v1/predictions", [Answer::new(200, cut)]);
    let failed = run().run();
    failed.assert_refused("ERR_PROVIDER_RESPONSE", 14);
    assert_eq!(failed.files()["demo/run-1/rejected/response.bin"], cut.as_bytes());
    assert!(
        failed.message().contains("has succeeded") && failed.message().contains("picks it up"),
        "{failed:?}"
    );
    let finished = run().run();
    finished.assert_success();
    assert_eq!(finished.receipt()["extra"]["prediction_id"], "p1");
    assert_eq!(service.state().predictions.len(), 1);
}

#[test]
fn polls_again_after_an_answer_that_was_cut_off() {
    let service = Service::new(&[r#""status":"starting""#]);
    service.fail(
        "GET /v1/predictions",
        [Answer::new(200, r#"{"id":"p1","output":["a"#)],
    );
    let failed = service.test(DOCUMENT).run();
    failed.assert_refused("ERR_PROVIDER_RESPONSE", 14);
    failed.assert_message("goes on");
}
