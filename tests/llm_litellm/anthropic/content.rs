//! Images, documents and files.

use serde_json::{Value, json};

use super::{MODEL, assert_refused, betas, messages};

fn user(part: &Value) -> Value {
    json!([{"role": "user", "content": [part]}])
}

#[test]
fn parts_become_blocks() {
    let url = |url: &str| json!({"type": "url", "url": url});
    let base64 = |media_type: &str| json!({"type": "base64", "media_type": media_type, "data": "AAEC"});
    let file = |id: &str| json!({"type": "file", "file_id": id});
    #[rustfmt::skip]
    let cases = [
        (json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAEC", "detail": "low"}}), json!({"type": "image", "source": base64("image/png")})),
        (json!({"type": "image_url", "image_url": {"url": "data:image/jpg;base64,AAEC"}, "cache_control": {"type": "ephemeral"}}),
         json!({"type": "image", "source": base64("image/jpeg"), "cache_control": {"type": "ephemeral"}})),
        (json!({"type": "image_url", "image_url": "https://h/a.png"}), json!({"type": "image", "source": url("https://h/a.png")})),
        (json!({"type": "image_url", "image_url": {"url": "https://h/a", "format": "application/pdf"}}), json!({"type": "document", "source": url("https://h/a")})),
        (json!({"type": "image_url", "image_url": {"url": "https://h/a.PDF?x=1"}}), json!({"type": "document", "source": url("https://h/a.PDF?x=1")})),
        (json!({"type": "image_url", "image_url": {"url": "data:application/pdf;base64,AAEC"}}), json!({"type": "document", "source": base64("application/pdf")})),
        (json!({"type": "file", "file": {"file_data": "data:application/pdf;base64,AAEC", "filename": "a.pdf"}, "citations": {"enabled": true}}),
         json!({"type": "document", "source": base64("application/pdf"), "title": "a.pdf", "citations": {"enabled": true}})),
        (json!({"type": "file", "file": {"file_data": "data:image/webp;base64,AAEC"}}), json!({"type": "image", "source": base64("image/webp")})),
        (json!({"type": "file", "file": {"file_data": "data:text/csv;base64,YSxi"}}), json!({"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "a,b"}})),
        (json!({"type": "file", "file": {"file_id": "https://h/a.pdf"}}), json!({"type": "document", "source": url("https://h/a.pdf")})),
        (json!({"type": "file", "file": {"file_id": "file_1", "format": "application/pdf"}}), json!({"type": "document", "source": file("file_1")})),
        (json!({"type": "file", "file": {"file_id": "file_1", "filename": "b.pdf"}}), json!({"type": "document", "source": file("file_1")})),
        (json!({"type": "file", "file": {"file_id": "file_1", "format": "image/png"}}), json!({"type": "image", "source": file("file_1")})),
        (json!({"type": "file", "file": {"file_id": "file_1"}}), json!({"type": "container_upload", "file_id": "file_1"})),
        (json!({"type": "search_result", "source": "s", "title": "t", "content": []}), json!({"type": "search_result", "source": "s", "title": "t", "content": []})),
    ];
    for (part, block) in cases {
        let sent = messages(user(&part));
        assert_eq!(sent[0]["content"], json!([block]), "{part}");
    }
}

#[test]
fn what_claude_cannot_read_is_refused() {
    #[rustfmt::skip]
    let cases = [
        (json!({"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}}), "is audio"),
        (json!({"type": "image_url", "image_url": "http://h/a.png"}), "is at an http address"),
        (json!({"type": "image_url", "image_url": "a.png"}), "is neither a data URI nor an https address"),
        (json!({"type": "image_url", "image_url": "data:image/svg+xml;base64,AA"}), "is neither a PDF, nor text, nor an image"),
        (json!({"type": "file", "file": {"file_data": "data:application/zip;base64,AA"}}), "is neither a PDF, nor text"),
        (json!({"type": "file", "file": {"file_data": "data:text/plain;base64,/w=="}}), "is not the base64 of UTF-8 text"),
        (json!({"type": "file", "file": {"file_id": "gs://b/a.pdf"}}), "is neither a data URI nor an https address"),
    ];
    for (part, what) in cases {
        let message = format!("/params/messages/0/content/0 {what}");
        assert_refused(MODEL, user(&part), json!({}), &message);
    }
}

#[test]
fn uploaded_files_need_their_features() {
    let part = json!({"type": "file", "file": {"file_id": "file_1", "format": "application/pdf"}});
    let expected = Some("code-execution-2025-05-22,files-api-2025-04-14");
    assert_eq!(betas(user(&part), json!({})).as_deref(), expected);
    let result = json!([{"role": "user", "content": "hi"},
        {"role": "assistant", "tool_calls": [{"id": "i", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "i", "content": [part]}]);
    assert_eq!(betas(result, json!({})).as_deref(), expected);
}
