//! What files are called, and what their media types are.

use support::Answer;

use crate::service::{Asset, Service};

const DOCUMENT: &str = r#"{"mode":"real","model":"owner/name"}"#;

/// The name below `outputs/assets/` and the media type of a file that comes from this path.
fn named(path: &str, asset: Asset) -> (String, String) {
    let service = Service::with_output(&format!("\"{{origin}}{path}\""));
    service.asset(path, asset);
    let finished = service.test(DOCUMENT).run();
    finished.assert_success();
    let file = finished.envelope()["outputs"][1].clone();
    let path = file["path"].as_str().unwrap();
    let name = path.rsplit_once("/assets/").unwrap().1;
    (name.to_owned(), file["mime"].as_str().unwrap().to_owned())
}

#[test]
fn the_address_decides_without_a_content_type() {
    const UNKNOWN: &str = "application/octet-stream";
    for (path, content_type, name, mime) in [
        ("/a.tif", Some(UNKNOWN), "00.tif", "image/tiff"),
        ("/a.gguf", Some(UNKNOWN), "00.gguf", UNKNOWN),
        ("/a.exr", Some("binary/octet-stream"), "00.exr", "image/x-exr"),
        ("/a.hdr", None, "00.hdr", "image/vnd.radiance"),
        ("/a.midi", None, "00.midi", "audio/midi"),
        ("/a.html", Some(UNKNOWN), "00.html", "text/html"),
        ("/A.JSONL", Some(UNKNOWN), "00.jsonl", "application/jsonl"),
        ("/scan.nii.gz", Some(UNKNOWN), "00.nii.gz", "application/gzip"),
        (
            "/a.md",
            Some("text/plain; charset=utf-8"),
            "00.md",
            "text/markdown",
        ),
        ("/a.srt", Some("text/plain"), "00.srt", "application/x-subrip"),
        ("/a.csv", Some("image/png"), "00.png", "image/png"),
        ("/a.exe", Some(UNKNOWN), "00.bin", UNKNOWN),
    ] {
        let asset = Asset {
            content_type,
            ..Asset::new("", "some content")
        };
        assert_eq!(named(path, asset), (name.to_owned(), mime.to_owned()), "{path}");
    }
}

#[test]
fn no_server_gives_a_file_its_name() {
    let service = Service::with_output(r#""{origin}/file""#);
    let answer = Answer::new(200, "x").header("content-disposition", "attachment; filename=\"a.csv\"");
    service.fail("GET /file", [answer]);
    let finished = service.test(DOCUMENT).run();
    assert!(
        finished.files().contains_key("demo/run-1/outputs/assets/00.bin"),
        "{finished:?}"
    );
}

#[test]
fn the_target_of_a_redirect_decides_too() {
    let service = Service::with_output(r#""{origin}/file""#);
    service.fail(
        "GET /file",
        [Answer::new(302, "").header("location", "/weights.gguf?sig=x")],
    );
    service.asset("/weights.gguf", Asset::new("application/octet-stream", "x"));
    let finished = service.test(DOCUMENT).run();
    assert!(
        finished.files().contains_key("demo/run-1/outputs/assets/00.gguf"),
        "{finished:?}"
    );
}
