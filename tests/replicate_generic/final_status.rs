//! Predictions that end in unusual ways.

use crate::service::Service;

const DOCUMENT: &str = r#"{"mode":"real","model":"owner/name"}"#;

#[test]
fn an_unknown_status_with_a_time_of_its_end_is_the_last_one() {
    let service = Service::new(&[
        r#""status":"daydreaming""#,
        r#""status":"expired","completed_at":"2026-01-01T00:00:00Z""#,
    ]);
    let finished = service.test(DOCUMENT).run();
    finished.assert_failure("ERR_PROVIDER_FAILED", 15);
    finished.assert_message("expired");
    assert_eq!(service.requests().len(), 2);
    assert!(service.state().cancelled.is_empty());
}

#[test]
fn quotes_an_unknown_status_and_saves_its_output() {
    let word = format!("odd\\n{}", "x".repeat(1000));
    for (status, told) in [
        (format!(r#""status":"{word}","#), r#"("odd\nxxx"#),
        (r#""status":null,"#.to_owned(), r#"("")"#),
        (String::new(), r#"("")"#),
    ] {
        let last = format!(r#"{status}"completed_at":1767225600,"output":["a text"]"#);
        let service = Service::new(&[r#""status":"processing","completed_at":null"#, &last]);
        let finished = service.test(DOCUMENT).run();
        let kept = finished.assert_rejected("ERR_PROVIDER_FAILED", 15);
        assert!(String::from_utf8_lossy(&kept).contains("a text"));
        let message = finished.message();
        assert!(message.contains(told) && message.len() < 300, "{message}");
    }
}

#[test]
fn a_removed_output_is_no_success_and_is_made_anew() {
    for output in [
        r#""output":null,"#,
        "",
        r#""output":[],"#,
        r#""output":{"a":[null,""]},"#,
    ] {
        let last = format!(r#"{output}"status":"succeeded","data_removed":true"#);
        let service = Service::new(&[&last]);
        let finished = service.test(DOCUMENT).run();
        finished.assert_failure("ERR_PROVIDER_FAILED", 15);
        finished.assert_message("data_removed");
    }
    // what is there is used
    let service = Service::new(&[r#""status":"succeeded","output":"a text","data_removed":true"#]);
    service.test(DOCUMENT).run().assert_success();
}
