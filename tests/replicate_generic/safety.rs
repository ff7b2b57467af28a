//! Files that may not be fetched, or not all of it.

use std::fs;

use serde_json::json;
use support::{Answer, Authority, Dir, Finished, Server};

use crate::service::{Asset, Service};

const DOCUMENT: &str = r#"{"mode":"real","model":"owner/name"}"#;

fn refused(finished: &Finished, what: &str) {
    finished.assert_refused("ERR_PROVIDER_RESPONSE", 14);
    finished.assert_message(what);
    finished.assert_message("file 1 of 1 of the output");
}

#[test]
fn fetches_nothing_from_loopback_by_default() {
    let victim = Server::always(Answer::new(200, "secret"));
    for (url, what) in [
        (victim.url("/a.png"), "is not at a public address"),
        (
            victim.url("/a.png").replace("127.0.0.1", "127.1"),
            "is not at a public address",
        ),
        (
            victim
                .url("/a.png")
                .replace("http://127.0.0.1", "https://localhost"),
            "is not at a public address",
        ),
        (
            victim.url("/a.png").replace("127.0.0.1", "localhost"),
            "is not https",
        ),
        ("http://example.com/a.png".to_owned(), "is not https"),
    ] {
        let service = Service::with_output(&json!(url).to_string());
        let run = service.test(DOCUMENT).env("REPLICATE_ASSETS_FROM_LOOPBACK", "0");
        // a proxy would reach what this may not
        refused(&run.env("HTTPS_PROXY", victim.url("/")).run(), what);
    }
    assert!(victim.requests().is_empty());
}

#[test]
fn fetches_nothing_from_private_addresses() {
    for host in [
        "10.0.0.1",
        "169.254.169.254",
        "[::ffff:10.0.0.1]",
        "[64:ff9b::a00:1]",
        "192.168.1.1:8080",
    ] {
        let service = Service::with_output(&json!(format!("https://{host}/a.png")).to_string());
        refused(&service.test(DOCUMENT).run(), "is not at a public address");
    }
}

#[test]
fn every_redirect_is_checked() {
    for (location, what) in [
        ("https://10.0.0.1/a.png", "is not at a public address"),
        ("http://[fd00::1]/a.png", "is not at a public address"),
        ("http://example.com/a.png", "is not https"),
        ("file:///etc/passwd", "is not https"),
        ("//169.254.169.254/", "is not at a public address"),
        ("", "more than 5 redirects"),
    ] {
        let service = Service::with_output(r#""{origin}/a.png""#);
        let redirect = Answer::new(302, "").header("location", location);
        service.fail("GET /a.png", vec![redirect; 10]);
        refused(&service.test(DOCUMENT).run(), what);
    }
    let service = Service::with_output(r#""{origin}/a.png""#);
    service.fail("GET /a.png", [Answer::new(302, "")]);
    refused(&service.test(DOCUMENT).run(), "nobody says where");
}

#[test]
fn a_few_redirects_are_followed_without_the_token() {
    let service = Service::with_output(r#""{origin}/v1/files/f1""#);
    let to = |location: &str| Answer::new(307, "").header("location", location);
    service.fail("GET /v1/files/f1", [to("/1")]);
    service.fail("GET /1", [to("2")]);
    service.fail("GET /2", [to("/a.png")]);
    service.asset("/a.png", Asset::new("image/png", "png"));
    service.test(DOCUMENT).run().assert_success();
    let requests = service.requests();
    let shown: Vec<_> = requests[requests.len() - 4..]
        .iter()
        .map(|request| (request.path.as_str(), request.header("authorization").is_some()))
        .collect();
    assert_eq!(
        shown,
        [
            ("/v1/files/f1", true),
            ("/1", false),
            ("/2", false),
            ("/a.png", false)
        ]
    );
}

#[test]
fn limits_hold_for_the_promised_and_the_actual_size() {
    let caps = [
        ("REPLICATE_MAX_FILE_BYTES", "1000"),
        ("REPLICATE_MAX_TOTAL_BYTES", "1000"),
    ];
    for (name, value) in caps {
        let service = Service::with_output(r#""{origin}/a.bin""#);
        service.asset("/a.bin", Asset::new("application/zip", vec![1; 1001]));
        refused(&service.test(DOCUMENT).env(name, value).run(), name);
        service.fail("GET /a.bin", [Answer::new(200, "endless ").endless()]);
        refused(&service.test(DOCUMENT).env(name, value).run(), name);
        service.asset("/a.bin", Asset::new("application/zip", vec![1; 1000]));
        service.test(DOCUMENT).env(name, value).run().assert_success();

        let inline =
            Service::with_output(&json!(format!("data:text/plain,{}", "x".repeat(1001))).to_string());
        refused_inline(&inline.test(DOCUMENT).env(name, value).run(), name);
    }
}

fn refused_inline(finished: &Finished, what: &str) {
    finished.assert_refused("ERR_PROVIDER_RESPONSE", 14);
    finished.assert_message(what);
}

#[test]
fn limits_hold_for_the_total_size_and_the_number() {
    let output = r#"["{origin}/a.bin","{origin}/b.bin","{origin}/c.bin"]"#;
    let service = Service::with_output(output);
    for path in ["/a.bin", "/b.bin", "/c.bin"] {
        service.asset(path, Asset::new("application/zip", vec![1; 400]));
    }
    let finished = service
        .test(DOCUMENT)
        .env("REPLICATE_MAX_TOTAL_BYTES", "1199")
        .run();
    finished.assert_refused("ERR_PROVIDER_RESPONSE", 14);
    finished.assert_message("all files together");
    service
        .test(DOCUMENT)
        .env("REPLICATE_MAX_TOTAL_BYTES", "1200")
        .run()
        .assert_success();

    let before = service.requests().len();
    let finished = service.test(DOCUMENT).env("REPLICATE_MAX_FILES", "2").run();
    finished.assert_refused("ERR_PROVIDER_RESPONSE", 14);
    finished.assert_message("more than 2 files");
    assert_eq!(service.requests().len(), before + 2, "none is fetched");
}

#[test]
fn a_body_that_does_not_end_meets_the_deadline() {
    let service = Service::with_output(r#""{origin}/a.bin""#);
    service.fail("GET /a.bin", [Answer::new(200, "some").promising(1000).hanging()]);
    let finished = service.test(DOCUMENT).env("TIMEOUT_S", "1.5").run();
    finished.assert_refused("ERR_TIMEOUT", 124);
    finished.assert_message("p1 has succeeded");
}

#[test]
fn a_length_that_is_wrong_is_no_file() {
    let service = Service::with_output(r#""{origin}/a.bin""#);
    service.fail("GET /a.bin", vec![Answer::new(200, "short").promising(6); 20]);
    let finished = service.test(DOCUMENT).run();
    finished.assert_refused("ERR_PROVIDER_UNAVAILABLE", 13);
}

#[test]
fn tls_is_checked() {
    let dir = Dir::new();
    let pem = dir.path("ca.pem");
    let authority = Authority::new();
    fs::write(&pem, authority.pem()).unwrap();
    let png = || Answer::new(200, "png").header("content-type", "image/png");
    let good = Server::tls(&authority, "127.0.0.1", 4000, png());
    let other = Server::tls(&Authority::new(), "127.0.0.1", 4000, png());

    let service = Service::with_output(&json!(good.url("/a")).to_string());
    let finished = service.test(DOCUMENT).env("SSL_CERT_FILE", &pem).run();
    finished.assert_success();
    assert!(finished.files().contains_key("demo/run-1/outputs/assets/00.png"));

    let service = Service::with_output(&json!(other.url("/a")).to_string());
    let finished = service.test(DOCUMENT).env("SSL_CERT_FILE", &pem).run();
    finished.assert_refused("ERR_PROVIDER_RESPONSE", 14);
    finished.assert_message(" cannot be fetched: the certificate of 127.0.0.1:");
    assert!(other.requests().is_empty());
}

#[test]
fn a_data_uri_that_cannot_be_decoded_is_named() {
    let service = Service::with_output(r#""data:image/png;base64,!!!""#);
    let finished = service.test(DOCUMENT).run();
    refused_inline(
        &finished,
        "file 1 of 1 of the output is a data URI that cannot be decoded",
    );
}
