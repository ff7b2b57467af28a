//! Files inside of an output, in every spelling.

use serde_json::json;
use support::Finished;

use crate::service::Service;

const DOCUMENT: &str = r#"{"mode":"real","model":"owner/name"}"#;

fn run(uri: &str) -> Finished {
    Service::with_output(&json!([uri]).to_string())
        .test(DOCUMENT)
        .run()
}

#[test]
fn every_file_is_whole_and_has_a_clean_type() {
    let svg = r##"<svg width="100%" fill="#ff0000"><path d="M0 0"/></svg>"##;
    let svg_name = "00.svg";
    for (uri, name, mime, content) in [
        (
            format!("data:image/svg+xml;utf8,{svg}"),
            svg_name,
            "image/svg+xml",
            svg,
        ),
        (
            format!("DATA:IMAGE/SVG+XML;charset=utf-8,{svg}"),
            svg_name,
            "image/svg+xml",
            svg,
        ),
        (
            format!("data:image/svg+xml,{svg}"),
            svg_name,
            "image/svg+xml",
            svg,
        ),
        (
            "data:text/csv,a%2Cb\n1,#2\n".to_owned(),
            "00.csv",
            "text/csv",
            "a,b\n1,#2\n",
        ),
        (
            "data:;base64,R0lGODlhAQABAAAAACw=".to_owned(),
            "00.gif",
            "image/gif",
            "GIF89a\u{1}\0\u{1}\0\0\0\0,",
        ),
        ("data:,a # b".to_owned(), "00.txt", "text/plain", "a # b"),
        ("data:svg,a".to_owned(), "00.txt", "text/plain", "a"),
    ] {
        let finished = run(&uri);
        finished.assert_success();
        let path = format!("demo/run-1/outputs/assets/{name}");
        let files = finished.files();
        assert_eq!(String::from_utf8_lossy(&files[&path]), content, "{uri}");
        let outputs = finished.envelope()["outputs"].clone();
        let file = outputs
            .as_array()
            .unwrap()
            .iter()
            .find(|output| output["path"].as_str().unwrap().ends_with(&path));
        assert_eq!(file.unwrap()["mime"], mime, "{uri}");
    }
}

#[test]
fn refuses_a_truncated_data_uri_by_name() {
    for uri in [
        "data:image/png;base64,iVBORw0KGgo=#iVBORw0KGgo=",
        "data:image/png;base64,<svg>",
        "data:image/png",
    ] {
        let finished = run(uri);
        finished.assert_refused("ERR_PROVIDER_RESPONSE", 14);
        let message = finished.message();
        assert!(
            message.starts_with("file 1 of 1 of the output is a data URI"),
            "{message}"
        );
    }
}

#[test]
fn without_a_schema_a_file_in_the_text_may_have_spaces_too() {
    let svg = r##"data:image/svg+xml;utf8,<svg fill="#f00" width="1"/>"##;
    let course = format!(r#""status":"succeeded","output":{}"#, json!([svg, "data: a, b"]));
    let finished = Service::new(&[&course]).test(DOCUMENT).run();
    finished.assert_success();
    let files = finished.files();
    let content = &files["demo/run-1/outputs/assets/00.svg"];
    assert_eq!(
        String::from_utf8_lossy(content),
        r##"<svg fill="#f00" width="1"/>"##
    );
    assert!(!files.keys().any(|name| name.contains("assets/01")));
}
