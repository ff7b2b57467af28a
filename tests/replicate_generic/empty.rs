//! Successes without anything to show.

use serde_json::Value;

use crate::service::Service;

const DOCUMENT: &str = r#"{"mode":"real","model":"owner/name"}"#;

fn extra(output: &str, logs: &str) -> Value {
    let service = Service::new(&[&format!(
        r#""status":"succeeded","output":{output},"logs":"{logs}""#
    )]);
    let finished = service.test(DOCUMENT).run();
    finished.assert_success();
    finished.receipt()["extra"].clone()
}

#[test]
fn an_empty_output_has_the_end_of_the_log() {
    for output in ["[]", r#""""#, r#"{"images":[]}"#] {
        let extra = extra(output, "a\\nNSFW content detected\\tin 1 of 1\\n");
        assert_eq!(extra["files"], "0");
        assert_eq!(extra["log_tail"], "a NSFW content detected in 1 of 1", "{output}");
    }
}

#[test]
fn the_end_of_the_log_is_bounded() {
    let logs = format!("{}the end", "x 0123456789\\n".repeat(1000));
    let tail = extra("[]", &logs)["log_tail"].as_str().unwrap().to_owned();
    assert!(tail.len() <= 600 && tail.len() > 500, "{tail}");
    assert!(tail.starts_with("x 0") && tail.ends_with("9 the end"), "{tail}");
    let tail = extra("[]", &"y".repeat(5000))["log_tail"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(tail, "y".repeat(600));
}

#[test]
fn a_log_tail_is_only_for_empty_outputs() {
    for output in [r#"["a"]"#, "0", "null"] {
        let extra = extra(output, "a log");
        assert_eq!(
            (&extra["files"], &extra["log_tail"]),
            (&"0".into(), &Value::Null),
            "{output}"
        );
    }
    assert_eq!(extra("[]", "")["log_tail"], Value::Null);
}
