//! The files of an output.

mod downloads;

use serde_json::json;
use support::{Answer, Finished};

use crate::service::{Asset, Service, TOKEN};

const DOCUMENT: &str = r#"{"mode":"real","model":"owner/name"}"#;

/// The files below `outputs/assets/`, by name.
fn assets(finished: &Finished) -> Vec<(String, Vec<u8>)> {
    finished.assert_success();
    let files = finished.files().into_iter();
    files
        .filter_map(|(name, bytes)| {
            Some((name.strip_prefix("demo/run-1/outputs/assets/")?.to_owned(), bytes))
        })
        .collect()
}

fn names(finished: &Finished) -> Vec<String> {
    assets(finished).into_iter().map(|(name, _)| name).collect()
}

/// An answer that has this version of a file, or a part of it.
fn tagged(answer: Answer) -> Answer {
    answer
        .header("etag", "\"v1\"")
        .header("content-type", "application/zip")
}

#[test]
fn saves_every_file_in_the_order_of_the_output() {
    let service = Service::with_output(
        r#"{"z":"{origin}/z?sig=secret-1","a":["{origin}/a.bin","data:image/gif;base64,R0lGODlhAQABAAAAACw="],"m":{"x":"{origin}/x"}}"#,
    );
    service
        .asset("/z", Asset::new("image/webp", "webp"))
        .asset("/a.bin", Asset::new("application/octet-stream", "\u{89}unknown"))
        .asset("/x", Asset::new("video/mp4", "mp4"));
    let finished = service.test(DOCUMENT).env("LOG_LEVEL", "debug").run();
    assert_eq!(names(&finished), ["00.webp", "01.bin", "02.gif", "03.mp4"]);
    let files = assets(&finished);
    assert_eq!(files[0].1, b"webp");
    assert_eq!(&files[2].1[..6], b"GIF89a");
    let outputs = &finished.envelope()["outputs"];
    let mimes: Vec<_> = outputs
        .as_array()
        .unwrap()
        .iter()
        .map(|output| output["mime"].as_str().unwrap())
        .collect();
    assert_eq!(
        mimes,
        [
            "application/json",
            "image/webp",
            "application/octet-stream",
            "image/gif",
            "video/mp4",
            "application/json",
            "application/json"
        ]
    );
    let staged = finished
        .stderr
        .lines()
        .filter(|line| line.contains("output_staged"))
        .collect::<String>();
    assert!(staged.contains("/z") && !staged.contains("secret-1"), "{staged}");
    // the token goes with none of them
    for request in service
        .requests()
        .iter()
        .filter(|request| !request.path.starts_with("/v1"))
    {
        assert_eq!(request.header("authorization"), None, "{request:?}");
    }
}

#[test]
fn a_text_that_only_begins_like_an_address_is_no_file() {
    let service = Service::new(&[
        r#""status":"succeeded","output":["https://example.com is nice", "data: the plural"]"#,
    ]);
    assert!(names(&service.test(DOCUMENT).run()).is_empty());

    let service = Service::with_output(r#"["a text", "1:2", "and: that"]"#);
    service.says_of_output(json!({"items": {"type": "string"}}));
    assert!(names(&service.test(DOCUMENT).run()).is_empty());
    let service = Service::with_output(r#"["a text", 1, "1:2"]"#);
    assert!(names(&service.test(DOCUMENT).run()).is_empty());
    assert_eq!(service.requests().len(), 1, "nobody asks for a schema");
}

#[test]
fn a_text_is_a_text_where_the_schema_says_so() {
    let service = Service::with_output(r#"["{origin}/a.png", "data:image/png;base64,iVBORw=="]"#);
    service.says_of_output(json!({"type": "array", "items": {"type": "string"}}));
    service.asset("/a.png", Asset::new("image/png", "png"));
    let finished = service.test(DOCUMENT).run();
    assert!(names(&finished).is_empty());
    assert!(
        service
            .lines()
            .last()
            .unwrap()
            .starts_with("GET /v1/models/owner/name/versions/")
    );
}

#[test]
fn without_a_schema_the_content_type_decides() {
    let service = Service::new(&[
        r#""status":"succeeded","output":["{origin}/page","{origin}/a.png","data:,hello","data:image/png;base64,iVBORw=="]"#,
    ]);
    service
        .asset("/page", Asset::new("text/html", "<p>"))
        .asset("/a.png", Asset::new("image/png", "png"));
    let finished = service.test(DOCUMENT).run();
    assert_eq!(names(&finished), ["00.png", "01.png"]);
    assert!(finished.stderr.contains("schema_unknown"), "{finished:?}");
}

#[test]
fn a_page_is_a_file_where_the_schema_says_so() {
    let service = Service::with_output(r#""{origin}/page""#);
    service.asset("/page", Asset::new("text/html", "<p>"));
    let finished = service.test(DOCUMENT).run();
    assert_eq!(names(&finished), ["00.html"]);
}

#[test]
fn more_than_a_hundred_are_numbered_so_that_they_sort() {
    let urls: Vec<_> = (0..101)
        .map(|number| format!("{{origin}}/{number}.txt"))
        .collect();
    let service = Service::with_output(&json!(urls).to_string());
    for number in 0..101 {
        service.asset(
            &format!("/{number}.txt"),
            Asset::new("text/plain", number.to_string()),
        );
    }
    let files = assets(&service.test(DOCUMENT).run());
    assert_eq!(files.len(), 101);
    for (number, (name, bytes)) in files.iter().enumerate() {
        assert_eq!(name, &format!("{number:03}.txt"));
        assert_eq!(bytes, number.to_string().as_bytes());
    }
}

#[test]
fn ignored_texts_do_not_count_as_files() {
    let links = vec!["http://a/"; 1001];
    let service = Service::with_output("0");
    let output = json!({"links": links, "file": format!("{}/a.png", service.url(""))});
    service.state().course = vec![format!(r#""status":"succeeded","output":{output}"#)];
    service.says_of_output(
        json!({"type": "object", "properties": {"file": {"type": "string", "format": "uri"}}}),
    );
    service.asset("/a.png", Asset::new("image/png", "png"));
    let finished = service
        .test(DOCUMENT)
        .env("REPLICATE_UNTYPED_FILES", "ignore")
        .run();
    assert_eq!(names(&finished), ["00.png"]);
}

#[test]
fn undecodable_texts_do_not_count_as_files() {
    let service = Service::new(&[
        r#""status":"succeeded","output":["data:image/png;base64,QUJDREVG!","{origin}/a.zip"]"#,
    ]);
    service.asset("/a.zip", Asset::new("application/zip", "0123456789"));
    let finished = service
        .test(DOCUMENT)
        .env("REPLICATE_MAX_TOTAL_BYTES", "10")
        .run();
    assert_eq!(names(&finished), ["00.zip"]);
}

#[test]
fn a_missing_schema_delays_no_output() {
    let service = Service::new(&[r#""status":"succeeded","output":"Note: a text""#]);
    service.fail("GET /v1/models", [Answer::hang()]);
    let finished = service.test(DOCUMENT).env("TIMEOUT_S", "4").run();
    assert!(names(&finished).is_empty());
}

#[test]
fn a_long_address_is_shortened_without_a_part_of_a_secret() {
    let path = format!(
        "{}{}{}",
        "x".repeat(165),
        TOKEN.replace(['"', '\\'], "_"),
        "y".repeat(50)
    );
    let service = Service::with_output(&json!(format!("https://10.0.0.1/{path}")).to_string());
    let run = service
        .test(DOCUMENT)
        .env("REPLICATE_API_TOKEN", TOKEN.replace(['"', '\\'], "_"));
    let finished = run.run();
    finished
        .assert_refused("ERR_PROVIDER_RESPONSE", 14)
        .assert_nowhere("r8_");
    finished.assert_message("...,");
}

#[test]
fn refuses_an_encoding_that_it_did_not_request() {
    let service = Service::with_output(r#""{origin}/a.png""#);
    let coded = Answer::new(200, "\u{1f}\u{8b}").header("content-encoding", "gzip");
    service.fail("GET /a.png", [coded.header("content-type", "image/png")]);
    let finished = service.test(DOCUMENT).run();
    finished.assert_refused("ERR_PROVIDER_RESPONSE", 14);
    finished.assert_message("Content-Encoding");

    let service = Service::with_output(r#""{origin}/a.png""#);
    let twice = Answer::new(200, "x").header("content-encoding", "identity");
    service.fail("GET /a.png", [twice.header("content-encoding", "br")]);
    service
        .test(DOCUMENT)
        .run()
        .assert_refused("ERR_PROVIDER_RESPONSE", 14);
}

#[test]
fn finds_files_under_any_json_key() {
    let service =
        Service::with_output(r#"{"s":"\ud83d","n":1e400,"f":"{origin}/a b.png","e":"","t":"no address"}"#);
    service.asset("/a%20b.png", Asset::new("image/png", "png"));
    let finished = service.test(DOCUMENT).run();
    assert_eq!(names(&finished), ["00.png"]);
}

#[test]
fn a_file_that_cannot_be_fetched_at_all_is_named() {
    for address in ["s3://bucket/key", "https://", "http:x y"] {
        let service = Service::with_output(&json!([address]).to_string());
        let finished = service.test(DOCUMENT).run();
        finished.assert_refused("ERR_PROVIDER_RESPONSE", 14);
        finished.assert_message("file 1 of 1 of the output");
    }
}

#[test]
fn many_addresses_under_a_long_name_take_no_memory() {
    let name = "n".repeat(1 << 20);
    let service = Service::with_output(&json!({name: vec!["http://a"; 10_000]}).to_string());
    let finished = service.test(DOCUMENT).run();
    finished.assert_refused("ERR_PROVIDER_RESPONSE", 14);
    finished.assert_message("more than 1000 files");
}

#[test]
fn retries_transient_failures_and_names_permanent_ones() {
    let busy = |status| Answer::new(status, "").header("retry-after", "0");
    let service = Service::with_output(r#"["{origin}/a.txt","{origin}/b.txt?sig=secret-1"]"#);
    service
        .asset("/a.txt", Asset::new("text/plain", "a"))
        .asset("/b.txt", Asset::new("text/plain", "b"));
    service.fail("GET /b.txt", [busy(503), busy(429)]);
    assert_eq!(names(&service.test(DOCUMENT).run()), ["00.txt", "01.txt"]);

    for (answers, code, exit) in [
        (vec![busy(500); 9], "ERR_PROVIDER_UNAVAILABLE", 13),
        (vec![Answer::new(403, "")], "ERR_PROVIDER_RESPONSE", 14),
    ] {
        service.fail("GET /b.txt", answers);
        let finished = service.test(DOCUMENT).run();
        finished.assert_refused(code, exit).assert_nowhere("secret-1");
        let named = format!("file 2 of 2 of the output, {},", service.url("/b.txt"));
        assert!(finished.message().starts_with(&named), "{finished:?}");
        assert!(finished.receipt().get("outputs_index").is_none());
    }
}

#[test]
fn a_file_of_the_service_itself_is_fetched_with_the_token_and_searched() {
    let service = Service::with_output(r#""{origin}/v1/files/f7""#);
    service.asset("/v1/files/f7", Asset::new("image/png", "png"));
    let finished = service.test(DOCUMENT).run();
    assert_eq!(names(&finished), ["00.png"]);
    let fetched = service.requests().pop().unwrap();
    assert_eq!(
        fetched.header("authorization"),
        Some(format!("Bearer {TOKEN}").as_bytes())
    );

    let service = Service::with_output(r#""{origin}/v1/files/f7""#);
    service.asset("/v1/files/f7", Asset::new("text/plain", TOKEN));
    let finished = service.test(DOCUMENT).run();
    finished
        .assert_refused("ERR_OUTPUT_SECRET", 23)
        .assert_nowhere(TOKEN);

    // nothing else of it: a model could name its account
    for path in [
        "/v1/account",
        "/v1/files/..%2faccount",
        "/v1/files/f7/x",
        "/v1/files/",
    ] {
        let service = Service::with_output(&format!("\"{{origin}}{path}\""));
        service.asset(path, Asset::new("application/json", "{}"));
        service.test(DOCUMENT).run().assert_success();
        let fetched = service.requests().pop().unwrap();
        assert_eq!(
            (fetched.path.as_str(), fetched.header("authorization")),
            (path, None)
        );
    }
}
