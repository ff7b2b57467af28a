//! Input files become what the API takes.

use std::fs::{self, File};

use serde_json::{Value, json};
use support::{Dir, Finished, Server};

use crate::{real, service};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const WAV: &[u8] = b"RIFF\x04\0\0\0WAVEfmt ";
const PDF: &[u8] = b"%PDF-1.7\n";

fn base() -> Dir {
    let base = Dir::new();
    fs::create_dir(base.path("in")).unwrap();
    for (name, bytes) in [("a.png", PNG), ("b.wav", WAV), ("c.pdf", PDF), ("d", b"\xff")] {
        fs::write(base.path("in").join(name), bytes).unwrap();
    }
    base
}

fn ask(server: &Server, base: &Dir, params: &Value, files: &Value) -> Finished {
    let inputs = json!({"mode": "real", "params": params, "files": files});
    real(server)
        .artifacts(base.root())
        .inputs(inputs.to_string())
        .run()
}

/// What is sent for this content of a message; no file has a type but `typed`.
fn sent(content: Value) -> Value {
    let (base, server) = (base(), service());
    let files = json!({
        "image": {"path": "world://artifacts/in/a.png"},
        "audio": {"path": "world://artifacts/in/b.wav"},
        "document": {"path": "world://artifacts/in/c.pdf"},
        "raw": {"path": "world://artifacts/in/d"},
        "typed": {"path": "world://artifacts/in/d", "mime": "audio/mpeg"},
    });
    let params = json!({"messages": [{"role": "user", "content": content}]});
    ask(&server, &base, &params, &files).assert_success();
    server.requests()[0].json()["messages"][0]["content"].clone()
}

#[test]
fn a_file_is_a_part_of_its_type() {
    let image = json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}});
    assert_eq!(
        sent(
            json!([{"type": "text", "text": "t"}, {"$file": "image"}, {"$file": "audio"}, {"$file": "document"}, {"$file": "raw"}, {"$file": "typed"}])
        ),
        json!([
            {"type": "text", "text": "t"},
            image,
            {"type": "input_audio", "input_audio": {"data": "UklGRgQAAABXQVZFZm10IA==", "format": "wav"}},
            {"type": "file", "file": {"filename": "c.pdf", "file_data": "data:application/pdf;base64,JVBERi0xLjcK"}},
            {"type": "file", "file": {"filename": "d", "file_data": "data:application/octet-stream;base64,/w=="}},
            {"type": "input_audio", "input_audio": {"data": "/w==", "format": "mp3"}},
        ])
    );
    assert_eq!(sent(json!({"$file": "image"})), json!([image]));
}

#[test]
fn a_file_inside_a_part_becomes_its_value() {
    assert_eq!(
        sent(json!([
            {"type": "image_url", "image_url": {"url": {"$file": "image"}, "detail": "low"}},
            {"type": "input_audio", "input_audio": {"data": {"$file": "audio"}, "format": "wav"}},
            {"type": "file", "file": {"filename": "x.pdf", "file_data": {"$file": "document"}}},
        ])),
        json!([
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo=", "detail": "low"}},
            {"type": "input_audio", "input_audio": {"data": "UklGRgQAAABXQVZFZm10IA==", "format": "wav"}},
            {"type": "file", "file": {"filename": "x.pdf", "file_data": "data:application/pdf;base64,JVBERi0xLjcK"}},
        ])
    );
}

#[test]
fn a_file_that_cannot_be_sent_is_named() {
    const MIB: u64 = 1024 * 1024;
    let (base, server) = (base(), service());
    for (name, size) in [("large", 20 * MIB + 1), ("fits", 20 * MIB)] {
        let file = File::create(base.path(name)).unwrap();
        file.set_len(size).unwrap();
    }
    let path = |name: &str| format!("world://artifacts/{name}");
    for (content, files, at) in [
        (json!({"$file": "x"}), json!({}), "content "),
        (
            json!([{"$file": "x"}]),
            json!({"x": {"path": path("nowhere")}}),
            "",
        ),
        (
            json!([{"$file": "x"}]),
            json!({"x": {"path": path("large")}}),
            "content/0 ",
        ),
        (
            json!([{"$file": "x"}, {"$file": "x"}, {"$file": "x"}]),
            json!({"x": {"path": path("fits")}}),
            "content/2 ",
        ),
    ] {
        let params = json!({"messages": [{"role": "user", "content": content}]});
        let run = ask(&server, &base, &params, &files);
        run.assert_refused("ERR_INPUTS", 3);
        let place = match at {
            "" => "/files/x".to_owned(),
            at => format!("/params/messages/0/{at}"),
        };
        assert!(run.message().starts_with(&place), "{run:?}");
    }
    assert!(server.requests().is_empty());
}
