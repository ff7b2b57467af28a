//! Every kind of request and answer, as golden files: what goes over the wire, and what the run leaves.

use std::fs;
use std::path::Path;

use serde_json::json;
use support::{Answer, Run};
use tempfile::TempDir;

use crate::service::{Asset, HEX, Service, TOKEN};

/// Compares all requests, and the files of the run, with a golden folder.
fn check(service: &Service, run: Run, name: &str) {
    let finished = run.finish();
    let requests = service.requests();
    let shown = requests
        .iter()
        .map(|request| request.shown(TOKEN))
        .collect::<Vec<_>>()
        .join("\n");
    let mut files = finished.files();
    files.retain(|name, _| name.starts_with("demo/run-1/outputs/"));
    files.insert("requests.txt".to_owned(), shown.into_bytes());
    if finished.status != 0 {
        files.insert(
            "error.txt".to_owned(),
            format!("{}\n", finished.message()).into_bytes(),
        );
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
    check(&service, service.run(&document("owner/name")), "official");
}

#[test]
fn a_version() {
    let service = polled();
    check(
        &service,
        service.run(&document(&format!("owner/name:{HEX}"))),
        "version",
    );
}

#[test]
fn a_deployment() {
    let service = polled();
    check(
        &service,
        service.run(&document("deployments/owner/name")),
        "deployment",
    );
}

#[test]
fn a_community_model() {
    let service = polled();
    service.says_of_output(json!({}));
    service.state().is_community = true;
    check(&service, service.run(&document("owner/name")), "community");
}

#[test]
fn a_failure() {
    let service = Service::new(&[r#""status":"failed","error":"out of memory","logs":"10%\n20%\n""#]);
    check(&service, service.run(&document("owner/name")), "failed");
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
    check(&service, service.run(&document("owner/name")), "problem");
}

#[test]
fn an_output_of_files() {
    let service = Service::with_output(r#"["{origin}/a.webp?sig=1","data:text/plain;charset=utf-8,hello"]"#);
    service.asset("/a.webp", Asset::new("image/webp", "not really one"));
    check(&service, service.run(&document("owner/name")), "files");
}

#[test]
fn an_input_that_is_uploaded() {
    let base = TempDir::new().unwrap();
    fs::write(base.path().join("voice.wav"), vec![b'x'; 256_001]).unwrap();
    let document = json!({
        "mode": "real", "model": "owner/name", "params": {"audio": {"$file": "voice"}},
        "files": {"voice": {"path": "world://artifacts/voice.wav", "mime": "audio/wav"}},
    });
    let service = polled();
    let run = service.run(&document.to_string()).base(base.path());
    let finished = run.finish();
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
