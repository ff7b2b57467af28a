//! Replicate, described for the server of the tests: one prediction that is done at the first poll, and files of 16 MiB.

use std::thread;
use std::time::Duration;

use support::{Answer, Request, Server};

pub(crate) const FILES: usize = 64;
pub(crate) const FILE_SIZE: usize = 16 * 1024 * 1024;

const SCHEMA: &str = r#"{"latest_version":{"openapi_schema":{"components":{"schemas":{"Output":{"type":"array","items":{"type":"string","format":"uri"}}}}}}}"#;

/// Takes this long for each answer about a prediction.
pub(crate) fn replicate(pause: Duration, has_files: bool) -> Server {
    let file = Answer::new(200, vec![b'x'; if has_files { FILE_SIZE } else { 0 }])
        .header("content-type", "application/zip")
        .keeping_alive();
    Server::start(move |request| {
        if request.path.starts_with("/file/") {
            return file.clone();
        }
        let (status, body) = match request.method.as_str() {
            "GET" if request.path.starts_with("/v1/models/") => (200, SCHEMA.to_owned()),
            "GET" => (200, prediction(request, "succeeded", pause, has_files)),
            _ => (201, prediction(request, "starting", pause, has_files)),
        };
        Answer::new(status, body)
            .header("content-type", "application/json")
            .keeping_alive()
    })
}

/// The path of a file.
pub(crate) fn file(number: usize) -> String {
    format!("/file/{number}")
}

fn prediction(request: &Request, status: &str, pause: Duration, has_files: bool) -> String {
    thread::sleep(pause);
    let origin = request.origin();
    let outputs: Vec<_> = if has_files {
        (0..FILES)
            .map(|number| format!("\"{origin}{}\"", file(number)))
            .collect()
    } else {
        vec!["\"done\"".to_owned()]
    };
    format!(
        r#"{{"id":"p1","model":"owner/name","version":"hidden","status":"{status}","output":[{}],"urls":{{"get":"{origin}/v1/predictions/p1"}}}}"#,
        outputs.join(",")
    )
}
