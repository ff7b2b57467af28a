//! Input files are sent as data URIs.

use std::fs::{self, File};

use serde_json::{Value, json};
use support::{Finished, Server};
use tempfile::TempDir;

use crate::{real, service};

fn ask(server: &Server, base: &TempDir, params: &Value, files: &Value) -> Finished {
    let inputs = json!({"mode": "real", "params": params, "files": files});
    real(server).base(base.path()).inputs(inputs.to_string()).finish()
}

#[test]
fn a_file_stands_where_it_is_named() {
    let base = TempDir::new().unwrap();
    fs::create_dir(base.path().join("in")).unwrap();
    fs::write(base.path().join("in/a.png"), b"\x89PNG\xff").unwrap();
    let server = service();
    let params = json!({"messages": [{"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": {"$file": "cat"}}},
        {"type": "file", "file": {"file_data": {"$file": "raw"}}},
    ]}]});
    let path = "world://artifacts/in/a.png";
    let files = json!({"cat": {"path": path, "mime": "image/png"}, "raw": {"path": path}});
    ask(&server, &base, &params, &files).assert_success();
    let sent = server.requests()[0].json();
    let content = &sent["messages"][0]["content"];
    assert_eq!(content[0]["image_url"]["url"], "data:image/png;base64,iVBOR/8=");
    assert_eq!(
        content[1]["file"]["file_data"],
        "data:application/octet-stream;base64,iVBOR/8="
    );
}

#[test]
fn a_file_that_cannot_be_sent_is_named() {
    let base = TempDir::new().unwrap();
    let large = File::create(base.path().join("large")).unwrap();
    large.set_len(20 * 1024 * 1024 + 1).unwrap();
    let server = service();
    let params = json!({"messages": [{"role": "user", "content": {"$file": "large"}}]});
    for files in [json!({}), json!({"large": {"path": "world://artifacts/large"}})] {
        let run = ask(&server, &base, &params, &files);
        run.assert_refused("ERR_INPUTS", 3);
        assert!(
            run.message().starts_with("/params/messages/0/content "),
            "{run:?}"
        );
    }
    assert!(server.requests().is_empty());
}
