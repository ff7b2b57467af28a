//! Predictions that fail, and answers that are none.

use support::{Answer, Server, Test};

use crate::service::{Service, TOKEN};

const DOCUMENT: &str = r#"{"mode":"real","model":"owner/name"}"#;

#[test]
fn every_other_end_is_a_failure_of_the_provider() {
    for status in ["failed", "canceled", "aborted"] {
        let last = format!(
            r#""status":"{status}","error":"NSFW content in r8_\"odd\\token-ü","logs":"load\nboom r8_\"odd\\token-ü\n""#
        );
        let service = Service::new(&[r#""status":"processing""#, &last]);
        let finished = service.test(DOCUMENT).run();
        finished
            .assert_failure("ERR_PROVIDER_FAILED", 15)
            .assert_nowhere("odd");
        for part in ["p1", "NSFW content in [REDACTED]", "boom [REDACTED]"] {
            finished.assert_message(part);
        }
        assert!(service.state().cancelled.is_empty());
    }
}

#[test]
fn quotes_the_end_of_a_long_log() {
    let logs = "a line that is not needed\\n".repeat(1000) + "the last one\\n";
    let service = Service::new(&[&format!(r#""status":"failed","error":null,"logs":"{logs}""#)]);
    let finished = service.test(DOCUMENT).run();
    finished.assert_failure("ERR_PROVIDER_FAILED", 15);
    assert!(finished.message().ends_with("the last one"), "{finished:?}");
    assert!(finished.message().len() < 500, "{finished:?}");
}

#[test]
fn every_status_has_its_code() {
    for (status, code, exit) in [
        (401, "ERR_PROVIDER_AUTH", 10),
        (403, "ERR_PROVIDER_AUTH", 10),
        (402, "ERR_PROVIDER_REJECTED", 11),
        (422, "ERR_PROVIDER_REJECTED", 11),
        (500, "ERR_PROVIDER_UNAVAILABLE", 13),
        (302, "ERR_PROVIDER_RESPONSE", 14),
    ] {
        let service = Service::new(&[]);
        let problem = Answer::new(status, r#"{"title":"No","detail":"the detail","status":0}"#);
        service.fail("POST", [problem.header("location", "http://127.0.0.1:1/")]);
        let finished = service.test(DOCUMENT).run();
        finished.assert_failure(code, exit);
        finished.assert_message("the detail");
        assert_eq!(
            service.requests().len(),
            1,
            "what may have been paid for is not asked for twice"
        );
    }
}

#[test]
fn answers_that_are_no_predictions() {
    for body in [
        "",
        "<html>",
        "{}",
        "[]",
        r#"{"id":"","status":"starting"}"#,
        r#"{"id":"..","status":"starting"}"#,
        r#"{"id":"p1/cancel?","status":"starting"}"#,
    ] {
        let service = Service::new(&[]);
        service.fail("POST", [Answer::new(201, body)]);
        let finished = service.test(DOCUMENT).run();
        match body {
            "" => _ = finished.assert_failure("ERR_PROVIDER_RESPONSE", 14),
            _ => assert_eq!(
                finished.assert_rejected("ERR_PROVIDER_RESPONSE", 14),
                body.as_bytes()
            ),
        }
        assert_eq!(service.requests().len(), 1, "{body}");
    }
}

#[test]
fn the_token_goes_to_no_other_address() {
    let thief = Server::always(Answer::new(500, ""));
    for url in [
        "not a url".to_owned(),
        thief.url("/steal"),
        "https://example.com/".to_owned(),
    ] {
        let service = Service::new(&[r#""status":"succeeded""#]);
        service.state().predictions.push(0);
        let body = format!(r#"{{"id":"p1","status":"starting","urls":{{"get":"{url}","cancel":"{url}"}}}}"#);
        service.fail("POST", [Answer::new(201, body)]);
        service.test(DOCUMENT).run().assert_success();
        assert_eq!(service.lines()[1], "GET /v1/predictions/p1");
    }
    assert!(thief.requests().is_empty());
}

#[test]
fn keeps_polling_after_an_unknown_status() {
    let service = Service::new(&[
        r#""status":null"#,
        r#""status":"queued""#,
        r#""status":"daydreaming""#,
        r#""status":"succeeded""#,
    ]);
    service.test(DOCUMENT).run().assert_success();
    assert_eq!(service.requests().len(), 4);
}

#[test]
fn bounds_the_models_message_and_its_log_separately() {
    let words = "why ".repeat(1000);
    let logs = format!("{}r8_\\\"odd\\\\token-ü{}", "x".repeat(300), "y".repeat(300));
    let last = format!(r#""status":"failed","error":"{words}","logs":"{logs}""#);
    let finished = Service::new(&[&last]).test(DOCUMENT).run();
    finished
        .assert_failure("ERR_PROVIDER_FAILED", 15)
        .assert_nowhere("odd");
    finished.assert_message("[REDACTED]yyy");
    assert!(
        finished.message().contains("why why") && finished.message().len() < 1000,
        "{finished:?}"
    );
}

#[test]
fn redacts_a_secret_before_cutting_it() {
    let token = TOKEN.replace('\\', "\\\\").replace('"', "\\\"");
    for (error, logs) in [
        (format!("{}{token}", "x".repeat(396)), String::new()),
        (String::new(), format!("{token}{}", "y".repeat(395))),
    ] {
        let last = format!(r#""status":"failed","error":"{error}","logs":"{logs}""#);
        let finished = Service::new(&[&last]).test(DOCUMENT).run();
        finished
            .assert_failure("ERR_PROVIDER_FAILED", 15)
            .assert_nowhere("r8_")
            .assert_nowhere("en-ü");
    }
}

#[test]
fn a_lone_surrogate_hides_no_message() {
    let last = r#""status":"failed","error":"no \ud83d","logs":"boom \udc00""#;
    let finished = Service::new(&[last]).test(DOCUMENT).run();
    finished.assert_failure("ERR_PROVIDER_FAILED", 15);
    assert!(
        finished.message().contains("no ") && finished.message().contains("boom "),
        "{finished:?}"
    );
}

#[test]
fn an_answer_without_addresses_is_polled_by_its_id() {
    let service = Service::new(&[r#""status":"processing""#, r#""status":"succeeded""#]);
    service.state().predictions.push(0);
    service.fail("POST", [Answer::new(201, r#"{"id":"p1","status":"starting"}"#)]);
    service.test(DOCUMENT).run().assert_success();
    assert_eq!(service.lines()[1], "GET /v1/predictions/p1");
}

#[test]
fn refuses_invalid_settings_before_the_request() {
    let service = Service::new(&[]);
    let inputs = r#"{"mode":"real","params":{"image":{"$file":"none"}}}"#;
    let finished = service.test(inputs).run();
    finished.assert_failure("ERR_INPUTS", 3);
    finished.assert_message("/params/image");

    let without = Test::processor(env!("CARGO_BIN_EXE_replicate-generic"))
        .inputs(DOCUMENT)
        .env("REPLICATE_BASE_URL", service.url("/"))
        .run();
    without.assert_failure("ERR_MISSING_SECRET", 6);
    without.assert_message("REPLICATE_API_TOKEN");

    for (name, value) in [
        ("REPLICATE_MAX_FILE_BYTES", "1 GiB"),
        ("REPLICATE_MAX_TOTAL_BYTES", "-1"),
        ("REPLICATE_MAX_FILES", "many"),
        ("REPLICATE_UNTYPED_FILES", "perhaps"),
        ("REPLICATE_ASSETS_FROM_LOOPBACK", "maybe"),
        ("REPLICATE_BASE_URL", "api.replicate.com"),
    ] {
        let finished = service.test(DOCUMENT).env(name, value).run();
        finished.assert_failure("ERR_USAGE", 2);
        assert!(finished.message().starts_with(name), "{finished:?}");
    }
    assert!(service.requests().is_empty());
    finished.assert_nowhere(TOKEN);
}
