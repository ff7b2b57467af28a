//! What is said of an output beside it: which file is what, and the text of its pieces.

use serde_json::{Value, json};

use crate::service::{Asset, Service, sha256};

const DOCUMENT: &str = r#"{"mode":"real","model":"owner/name"}"#;

#[test]
fn every_file_is_listed_with_its_place_and_source() {
    let service = Service::with_output(
        r#"{"a/b":["{origin}/z.txt?sig=secret-1#x","data:image/gif;base64,R0lGODlhAQABAAAAACw="],"m":"{origin}/z.txt?sig=secret-1"}"#,
    );
    service.asset("/z.txt", Asset::new("text/plain", "z"));
    let finished = service.test(DOCUMENT).run();
    finished.assert_success();
    let files = finished.files();
    let list = &files["demo/run-1/outputs/assets.json"];
    let source = service.url("/z.txt");
    let gif = &files["demo/run-1/outputs/assets/01.gif"];
    let expected = format!(
        r#"[{{"pointer":"/a~1b/0","source":"{source}","path":"outputs/assets/00.txt","size_bytes":1,"sha256":"{z}"}},{{"pointer":"/a~1b/1","source":"data:","path":"outputs/assets/01.gif","size_bytes":{size},"sha256":"{g}"}},{{"pointer":"/m","source":"{source}","path":"outputs/assets/02.txt","size_bytes":1,"sha256":"{z}"}}]"#,
        z = sha256(b"z"),
        g = sha256(gif),
        size = gif.len(),
    );
    assert_eq!(String::from_utf8_lossy(list), expected);
    let response: Value = serde_json::from_slice(&files["demo/run-1/outputs/response.json"]).unwrap();
    let list: Value = serde_json::from_slice(list).unwrap();
    let pointer = list[2]["pointer"].as_str().unwrap();
    assert!(
        response["result"]
            .pointer(pointer)
            .unwrap()
            .as_str()
            .unwrap()
            .starts_with(&source)
    );
    for entry in list.as_array().unwrap() {
        let path = format!("demo/run-1/{}", entry["path"].as_str().unwrap());
        assert_eq!(sha256(&files[&path]), entry["sha256"]);
    }
    let index = finished.envelope()["outputs"].clone();
    assert_eq!(index[0]["mime"], "application/json");
    assert!(
        index[0]["path"]
            .as_str()
            .unwrap()
            .ends_with("/outputs/assets.json")
    );
}

#[test]
fn skipped_web_pages_shift_no_pointer() {
    let service = Service::new(&[r#""status":"succeeded","output":["{origin}/page","{origin}/a.png"]"#]);
    service
        .asset("/page", Asset::new("text/html", "<p>"))
        .asset("/a.png", Asset::new("image/png", "png"));
    let finished = service.test(DOCUMENT).run();
    finished.assert_success();
    let files = finished.files();
    let list: Value = serde_json::from_slice(&files["demo/run-1/outputs/assets.json"]).unwrap();
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(list[0]["pointer"], "/1");
    assert_eq!(list[0]["path"], "outputs/assets/00.png");
}

#[test]
fn without_files_there_is_no_list() {
    let service = Service::with_output("[]");
    let finished = service.test(DOCUMENT).run();
    finished.assert_success();
    assert!(!finished.files().contains_key("demo/run-1/outputs/assets.json"));
}

fn pieces(output: &str, schema: Value) -> Option<String> {
    let service = Service::new(&[&format!(r#""status":"succeeded","output":{output}"#)]);
    service.says_of_output(schema);
    let finished = service.test(DOCUMENT).run();
    finished.assert_success();
    let mut files = finished.files();
    assert_eq!(
        String::from_utf8_lossy(&files["demo/run-1/outputs/response.json"]),
        format!(r#"{{"result":{output}}}"#)
    );
    let text = files.remove("demo/run-1/outputs/output.txt")?;
    let outputs = finished.envelope()["outputs"].clone();
    assert_eq!(outputs[0]["mime"], "text/plain; charset=utf-8");
    Some(String::from_utf8(text).unwrap())
}

#[test]
fn concatenates_a_text_in_chunks() {
    let iterator = json!({"type": "array", "items": {"type": "string"}, "x-cog-array-type": "iterator"});
    let mut concatenated = iterator.clone();
    concatenated["x-cog-array-display"] = json!("concatenate");
    let told = |schema: &Value| {
        pieces(
            r#"["Hel","lo: ","\ud83d","\ude00",""," https://h/a"]"#,
            schema.clone(),
        )
    };
    assert_eq!(told(&concatenated).as_deref(), Some("Hello: 😀 https://h/a"));
    assert_eq!(
        told(&json!({"anyOf": [concatenated, {"type": "null"}]})).as_deref(),
        Some("Hello: 😀 https://h/a")
    );
    assert_eq!(told(&iterator), None);
    assert_eq!(pieces(r#"["a",1]"#, concatenated.clone()), None);
    assert_eq!(
        pieces("[\"no\", \"address\"]", concatenated).as_deref(),
        Some("noaddress")
    );
}

#[test]
fn chunks_without_a_schema_stay_a_list() {
    let service = Service::new(&[r#""status":"succeeded","output":["a","b"]"#]);
    let finished = service.test(DOCUMENT).run();
    finished.assert_success();
    assert!(!finished.files().contains_key("demo/run-1/outputs/output.txt"));
}
