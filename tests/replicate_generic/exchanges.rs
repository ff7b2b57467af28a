//! Every kind of request and answer, as golden files: what goes over the wire, and what the run leaves.

use std::fs;
use std::path::Path;

use serde_json::json;
use support::{Answer, Dir, Finished, Signal, Test};

use crate::service::{Asset, HEX, Service, TOKEN};

/// Compares all requests, and the files of the run, with a golden directory.
fn check(service: &Service, run: Test, name: &str) {
    compare(service, &run.run(), name);
}

fn compare(service: &Service, finished: &Finished, name: &str) {
    let requests = service.requests();
    let shown: Vec<_> = requests.iter().map(|request| request.shown(TOKEN)).collect();
    let mut files = finished.files();
    files.retain(|name, _| name.starts_with("demo/run-1/outputs/"));
    files.insert("requests.txt".to_owned(), shown.join("\n").into_bytes());
    if finished.status != 0 {
        let message = format!("{}\n", finished.message());
        files.insert("error.txt".to_owned(), message.into_bytes());
    }
    for bytes in files.values_mut() {
        let text = String::from_utf8_lossy(bytes).replace(&service.url(""), "[ORIGIN]");
        *bytes = text.into_bytes();
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/replicate_generic/golden/exchanges");
    runtime::testing::assert_golden(&files, &golden.join(name));
}

fn document(model: &str) -> String {
    json!({"mode": "real", "model": model, "params": {"prompt": "a lighthouse", "steps": 4}}).to_string()
}

fn polled() -> Service {
    Service::new(&[
        r#""status":"starting","logs":"""#,
        r#""status":"succeeded","output":"a text","metrics":{"predict_time":1.5}"#,
    ])
}

#[test]
fn an_official_model() {
    let service = polled();
    check(
        &service,
        service.checked_test(&document("owner/name")),
        "official",
    );
}

#[test]
fn a_version() {
    let service = polled();
    check(
        &service,
        service.checked_test(&document(&format!("owner/name:{HEX}"))),
        "version",
    );
}

#[test]
fn a_bare_version() {
    let service = polled();
    check(&service, service.checked_test(&document(HEX)), "bare_version");
}

#[test]
fn a_deployment() {
    let service = polled();
    check(
        &service,
        service.checked_test(&document("deployments/owner/name")),
        "deployment",
    );
}

#[test]
fn a_community_model() {
    let service = polled();
    service.says_of_output(json!({}));
    service.state().is_community = true;
    check(
        &service,
        service.checked_test(&document("owner/name")),
        "community",
    );
}

#[test]
fn a_failure() {
    let service = Service::new(&[r#""status":"failed","error":"out of memory","logs":"10%\n20%\n""#]);
    check(&service, service.checked_test(&document("owner/name")), "failed");
}

#[test]
fn a_problem() {
    let service = Service::new(&[]);
    let problem =
        json!({"title": "Input validation failed", "detail": "- input: prompt is required", "status": 422});
    service.fail(
        "POST",
        [Answer::json(422, &problem).header("content-type", "application/problem+json")],
    );
    check(&service, service.checked_test(&document("owner/name")), "problem");
}

#[test]
fn a_long_log() {
    let logs = "a line of a log that nobody needs\\n".repeat(100);
    let service = Service::new(&[&format!(
        r#""status":"failed","error":null,"logs":"{logs}the last line""#
    )]);
    check(
        &service,
        service.checked_test(&document("owner/name")),
        "long_log",
    );
}

#[test]
fn transient_failures_are_retried() {
    let service = polled();
    let throttled = json!({"detail": "Request was throttled.", "status": 429, "retry_after": 0});
    service.fail("POST", [Answer::json(429, &throttled)]);
    let busy = Answer::new(502, "<html>").header("retry-after", "0");
    service.fail("GET /v1/predictions", [busy, Answer::json(429, &throttled)]);
    check(&service, service.checked_test(&document("owner/name")), "retried");
}

#[test]
fn a_cancellation() {
    let service = Service::new(&[r#""status":"processing""#]);
    service.fail("GET /v1/predictions", [Answer::hang()]);
    let started = service.checked_test(&document("owner/name")).start();
    service.wait_for(3);
    started.signal(Signal::TERM);
    compare(&service, &started.wait(), "cancelled");
}

#[test]
fn a_prediction_that_is_picked_up() {
    let service = Service::new(&[r#""status":"processing""#]);
    service.fail("GET /v1/predictions", [Answer::hang()]);
    let test = service.checked_test(&document("owner/name"));
    let started = test.start();
    service.wait_for(3);
    started.kill().assert_killed();
    service.state().course = vec![r#""status":"succeeded","output":"done""#.to_owned()];
    check(&service, test, "picked_up");
}

#[test]
fn an_output_of_files() {
    let service = Service::with_output(r#"["{origin}/a.webp?sig=1","data:text/plain;charset=utf-8,hello"]"#);
    service.asset("/a.webp", Asset::new("image/webp", "not really one"));
    check(&service, service.checked_test(&document("owner/name")), "files");
}

#[test]
fn a_file_that_breaks_off() {
    let service = Service::with_output(r#""{origin}/a.txt""#);
    let asset = Asset {
        etag: Some("\"v1\""),
        breaks: 1,
        ..Asset::new("text/plain", "one half, another half")
    };
    service.asset("/a.txt", asset);
    check(&service, service.checked_test(&document("owner/name")), "resumed");
}

#[test]
fn a_file_that_is_elsewhere() {
    let service = Service::with_output(r#""{origin}/v1/files/f1""#);
    service.fail(
        "GET /v1/files/f1",
        [Answer::new(302, "").header("location", "/a.txt?sig=1")],
    );
    service.asset("/a.txt", Asset::new("text/plain", "here"));
    check(
        &service,
        service.checked_test(&document("owner/name")),
        "redirected",
    );
}

#[test]
fn a_file_that_is_refused() {
    let service =
        Service::with_output(r#"["{origin}/a.txt","https://169.254.169.254/latest/meta-data?x=1"]"#);
    check(&service, service.checked_test(&document("owner/name")), "refused");
}

#[test]
fn a_file_that_is_too_large() {
    let service = Service::with_output(r#""{origin}/a.txt""#);
    service.asset("/a.txt", Asset::new("text/plain", "too large"));
    let run = service
        .test(&document("owner/name"))
        .env("REPLICATE_MAX_FILE_BYTES", "8");
    check(&service, run, "too_large");
}

#[test]
fn an_input_that_is_uploaded() {
    let base = Dir::new();
    fs::write(base.path("voice.wav"), vec![b'x'; 256_001]).unwrap();
    let document = json!({
        "mode": "real", "model": "owner/name", "params": {"audio": {"$file": "voice"}},
        "files": {"voice": {"path": "world://artifacts/voice.wav", "mime": "audio/wav"}},
    });
    let service = polled();
    let run = service.test(&document.to_string()).artifacts(base.root());
    let finished = run.run();
    finished.assert_success();
    let uploaded = service.requests().remove(0);
    let kind = String::from_utf8_lossy(uploaded.header("content-type").unwrap()).into_owned();
    let boundary = kind.split_once("boundary=").unwrap().1.to_owned();
    let shown = uploaded
        .shown(TOKEN)
        .replace(&boundary, "[BOUNDARY]")
        .replace(&"x".repeat(256_001), "[256001 times x]")
        .replace("\r\n", "\n");
    let shown = shown
        .lines()
        .filter(|line| !line.starts_with("content-length"))
        .collect::<Vec<_>>()
        .join("\n");
    let rest = service.requests()[1..]
        .iter()
        .map(|request| request.shown(TOKEN))
        .collect::<Vec<_>>()
        .join("\n")
        .replace(&service.url(""), "[ORIGIN]");
    let files = [(
        "requests.txt".to_owned(),
        format!("{shown}\n\n{rest}").into_bytes(),
    )]
    .into();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/replicate_generic/golden/exchanges");
    runtime::testing::assert_golden(&files, &golden.join("uploaded"));
}
