//! Real mode against a service that plays Replicate's part on loopback.

use support::{Answer, Finished, Request, Run, Server};

const TOKEN: &str = "r8_\"odd\\token-ü";

/// A prediction as the service would describe it.
fn prediction(request: &Request, status: &str, rest: &str) -> Answer {
    let origin = request.origin();
    let body = format!(
        r#"{{"id":"p1","model":"a","model":"b","status":"{status}","urls":{{"get":"{origin}/v1/predictions/p1"}}{rest}}}"#
    );
    Answer::new(201, body)
}

fn run(server: &Server, document: &str) -> Finished {
    Run::of(env!("CARGO_BIN_EXE_replicate-generic"))
        .inputs(document)
        .env("REPLICATE_BASE_URL", server.url("/"))
        .env("REPLICATE_API_TOKEN", TOKEN)
        .finish()
}

const DOCUMENT: &str = r#"{"mode":"real","model":"owner/name","params":{"prompt":"a \"b\"","steps":4.0}}"#;

/// Answers the request that creates with `starting`, and every poll with this.
fn after_a_poll(status: &'static str, rest: &'static str) -> Server {
    Server::start(move |request| match request.method.as_str() {
        "POST" => prediction(request, "starting", ""),
        _ => prediction(request, status, rest),
    })
}

#[test]
fn a_prediction_is_created_and_polled_until_it_succeeds() {
    let polls = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(move |request| match request.method.as_str() {
        "POST" => prediction(request, "starting", r#","output":null,"metrics":{}"#),
        _ if polls.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < 2 => {
            prediction(request, "processing", r#","logs":"50%""#)
        }
        _ => prediction(
            request,
            "succeeded",
            r#","output": [ "https://example.invalid/a.webp", 1.50 ],"error":null,"metrics":{"predict_time":1.25,"image_count":1,"note":"x"}"#,
        ),
    });
    let finished = run(&server, DOCUMENT);
    finished.assert_success();
    let files = finished.files();
    let response = String::from_utf8_lossy(files.get("demo/run-1/outputs/response.json").unwrap());
    assert_eq!(
        response,
        r#"{"result":[ "https://example.invalid/a.webp", 1.50 ]}"#
    );
    let receipt = finished.receipt();
    assert_eq!(
        receipt.get("usage"),
        Some(&serde_json::json!({"image_count": 1, "predict_time": 1.25}))
    );
    assert_eq!(receipt.pointer("/extra/prediction_id"), Some(&"p1".into()));
    assert_eq!(
        receipt.get("processor_info"),
        Some(&"replicate_generic:v1".into())
    );

    let requests = server.requests();
    let lines: Vec<_> = requests
        .iter()
        .map(|r| format!("{} {}", r.method, r.path))
        .collect();
    assert_eq!(
        lines,
        [
            "POST /v1/models/owner/name/predictions",
            "GET /v1/predictions/p1",
            "GET /v1/predictions/p1",
            "GET /v1/predictions/p1"
        ]
    );
    for request in &requests {
        assert_eq!(
            request.header("authorization"),
            Some(format!("Bearer {TOKEN}").as_bytes())
        );
    }
    let created = requests.first().unwrap();
    assert_eq!(
        created.header("content-type"),
        Some(b"application/json".as_slice())
    );
    assert_eq!(
        created.json(),
        serde_json::json!({"input": {"prompt": "a \"b\"", "steps": 4}})
    );
    finished.assert_nowhere("odd");
}

#[test]
fn the_default_model_and_output_that_is_missing() {
    let server = after_a_poll("succeeded", "");
    let finished = run(&server, r#"{"mode":"real"}"#);
    finished.assert_success();
    let files = finished.files();
    assert_eq!(
        files.get("demo/run-1/outputs/response.json").unwrap(),
        br#"{"result":null}"#
    );
    let path = server.requests().remove(0).path;
    assert_eq!(path, "/v1/models/black-forest-labs/flux-schnell/predictions");
}

#[test]
fn every_other_end_is_a_failure_of_the_provider() {
    for status in ["failed", "canceled", "aborted"] {
        let server = after_a_poll(
            status,
            r#","error":"NSFW content in r8_\"odd\\token-ü","metrics":{"predict_time":1}"#,
        );
        let finished = run(&server, DOCUMENT);
        finished.assert_failure("ERR_PROVIDER_FAILED", 15);
        assert!(
            finished.message().contains("NSFW content in [REDACTED]"),
            "{finished:?}"
        );
        finished.assert_nowhere("odd");
    }
}

#[test]
fn every_status_has_its_code() {
    for (status, code, exit) in [
        (401, "ERR_PROVIDER_AUTH", 10),
        (403, "ERR_PROVIDER_AUTH", 10),
        (402, "ERR_PROVIDER_REJECTED", 11),
        (404, "ERR_PROVIDER_REJECTED", 11),
        (422, "ERR_PROVIDER_REJECTED", 11),
        (429, "ERR_PROVIDER_RATE_LIMIT", 12),
        (500, "ERR_PROVIDER_UNAVAILABLE", 13),
        (302, "ERR_PROVIDER_RESPONSE", 14),
    ] {
        let server = Server::always(
            Answer::new(status, r#"{"title":"No","detail":"the detail","status":0}"#)
                .header("location", "http://127.0.0.1:1/"),
        );
        let finished = run(&server, DOCUMENT);
        finished.assert_failure(code, exit);
        assert!(finished.message().contains("the detail"), "{finished:?}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn answers_that_are_no_predictions() {
    for body in [
        "",
        "<html>",
        "{}",
        "[]",
        r#"{"id":"p1","status":"daydreaming","urls":{"get":"x"}}"#,
        r#"{"id":"p1","status":"starting"}"#,
        r#"{"id":"p1","status":"starting","urls":{"get":"not a url"}}"#,
        r#"{"id":"p1","status":"starting","urls":{"get":"http://127.0.0.1:1/steal"}}"#,
    ] {
        let server = Server::always(Answer::new(201, body));
        run(&server, DOCUMENT).assert_failure("ERR_PROVIDER_RESPONSE", 14);
        assert_eq!(server.requests().len(), 1, "{body}");
    }
}

#[test]
fn connections_that_are_refused_or_break() {
    let server = Server::always(Answer::close());
    run(&server, DOCUMENT).assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
    let broken = Server::always(Answer::new(201, "{\"id\":").broken_off());
    run(&broken, DOCUMENT).assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
    let address = server.url("/");
    drop(server);
    let finished = Run::of(env!("CARGO_BIN_EXE_replicate-generic"))
        .inputs(DOCUMENT)
        .env("REPLICATE_BASE_URL", address)
        .env("REPLICATE_API_TOKEN", TOKEN)
        .finish();
    finished.assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
}

#[test]
fn a_model_that_never_ends_meets_the_deadline() {
    let server = after_a_poll("processing", "");
    let finished = Run::of(env!("CARGO_BIN_EXE_replicate-generic"))
        .inputs(DOCUMENT)
        .env("REPLICATE_BASE_URL", server.url("/"))
        .env("REPLICATE_API_TOKEN", TOKEN)
        .env("TIMEOUT_S", "0.5")
        .finish();
    finished.assert_failure("ERR_TIMEOUT", 124);
}

#[test]
fn what_is_wrong_before_anything_is_sent() {
    let server = Server::always(Answer::new(500, ""));
    for model in ["name", "owner/name:0123", "owner/name/x", "../name"] {
        let finished = run(&server, &format!(r#"{{"mode":"real","model":"{model}"}}"#));
        finished.assert_failure("ERR_INPUTS", 3);
    }
    let finished = run(&server, r#"{"mode":"real","params":{"image":{"$file":"none"}}}"#);
    finished.assert_failure("ERR_INPUTS", 3);
    assert!(finished.message().contains("/params/image"), "{finished:?}");
    let without = Run::of(env!("CARGO_BIN_EXE_replicate-generic"))
        .inputs(DOCUMENT)
        .env("REPLICATE_BASE_URL", server.url("/"))
        .finish();
    without.assert_failure("ERR_MISSING_SECRET", 6);
    assert!(without.message().contains("REPLICATE_API_TOKEN"), "{without:?}");
    assert!(server.requests().is_empty());
}

#[test]
fn a_file_goes_along_as_a_data_uri() {
    let server = after_a_poll("succeeded", r#","output":"done""#);
    let base = tempfile::TempDir::new().unwrap();
    std::fs::write(base.path().join("cat.png"), b"\x89PNG").unwrap();
    let finished = Run::of(env!("CARGO_BIN_EXE_replicate-generic"))
        .base(base.path())
        .inputs(
            r#"{"mode":"real","params":{"images":[{"$file":"cat"}]},
                "files":{"cat":{"path":"world://artifacts/cat.png","mime":"image/png"}}}"#,
        )
        .env("REPLICATE_BASE_URL", server.url("/"))
        .env("REPLICATE_API_TOKEN", TOKEN)
        .finish();
    finished.assert_success();
    let sent = server.requests().first().unwrap().json();
    assert_eq!(
        sent,
        serde_json::json!({"input": {"images": ["data:image/png;base64,iVBORw=="]}})
    );
}
