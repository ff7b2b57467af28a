//! Images, documents, videos and sounds.

use serde_json::{Value, json};

use super::NOVA;
use super::requests::sent;

/// The block of a part beside a text, and what is told of it.
fn block(model: &str, part: Value) -> (Value, Value) {
    let messages = json!([{"role": "user", "content": [{"type": "text", "text": "t"}, part]}]);
    let (body, changed) = sent(model, messages, json!({}));
    (body["messages"][0]["content"][1].clone(), changed)
}

/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html>
#[test]
fn parts_are_blocks_of_their_kind() {
    let bytes = json!({"bytes": "AAEC"});
    let video = json!({"video": {"format": "mp4", "source": bytes}});
    let citations = json!({"enabled": true});
    for (part, expected) in [
        (
            json!({"type": "video_url", "video_url": {"url": "data:video/mp4;base64,AAEC"}}),
            video,
        ),
        (
            json!({"type": "file", "file": {"file_data": "data:audio/mpeg;base64,AAEC"}}),
            json!({"audio": {"format": "mp3", "source": bytes}}),
        ),
        (
            json!({"type": "input_audio", "input_audio": {"data": "AAEC", "format": "wav"}}),
            json!({"audio": {"format": "wav", "source": bytes}}),
        ),
        (
            json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAEC", "format": "image/webp"}}),
            json!({"image": {"format": "webp", "source": bytes}}),
        ),
        (
            json!({"type": "image_url", "image_url": "s3://b/a.jpg"}),
            json!({"image": {"format": "jpeg", "source": {"s3Location": {"uri": "s3://b/a.jpg"}}}}),
        ),
        (
            json!({"type": "file", "file": {"file_data": "data:text/csv;base64,AAEC", "filename": "a.csv"}, "citations": citations}),
            json!({"document": {"format": "csv", "source": bytes, "name": "a", "citations": citations}}),
        ),
        (
            json!({"type": "document", "title": "T.pdf", "context": "c", "citations": citations, "source": {"type": "base64", "media_type": "application/pdf", "data": "AAEC"}}),
            json!({"document": {"format": "pdf", "source": bytes, "name": "T", "context": "c", "citations": citations}}),
        ),
        (
            json!({"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "d"}}),
            json!({"document": {"format": "txt", "source": {"text": "d"}, "name": "document"}}),
        ),
        (
            json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAEC"}}),
            json!({"image": {"format": "png", "source": bytes}}),
        ),
    ] {
        let (block, changed) = block("bedrock/us.amazon.nova-2-omni-v9:0", part.clone());
        assert_eq!(block, expected, "{part}");
        assert_eq!(changed, Value::Null, "{part}");
    }
}

#[test]
fn what_a_part_loses_is_told() {
    let url = "data:image/png;base64,AAEC";
    let (_, changed) = block(
        NOVA,
        json!({"type": "image_url", "image_url": {"url": url, "detail": "high"}}),
    );
    assert_eq!(changed, "image_url.detail left out");
}
