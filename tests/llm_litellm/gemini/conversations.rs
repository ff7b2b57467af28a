//! Messages: <https://ai.google.dev/api/caching#Content>.

use serde_json::{Value, json};

use super::{gemini, hi, refused, sent};

const FLASH: &str = "gemini-2.5-flash";
const PRO_3: &str = "gemini-3-pro-preview";

fn user(content: Value) -> Value {
    json!([{"role": "user", "content": content}])
}

/// A conversation with two calls and their results, of which one has an image.
fn calls() -> Value {
    json!([
        {"role": "system", "content": [{"type": "text", "text": "Be "}, {"type": "text", "text": "brief.", "cache_control": {"type": "ephemeral"}}]},
        {"role": "user", "content": "q"},
        {"role": "developer", "content": "S2"},
        {"role": "assistant", "content": null, "reasoning_content": "Hm.", "tool_calls": [
            {"id": "c1__thought__c2ln", "type": "function", "function": {"name": "f", "arguments": "{\"z\":1,\"a\":[2]}"}},
            {"id": "c2", "type": "function", "function": {"name": "g", "arguments": ""}},
        ]},
        {"role": "tool", "tool_call_id": "c1__thought__c2ln", "content": "{\"x\":{\"y\":1}}"},
        {"role": "tool", "tool_call_id": "c2", "content": [{"type": "text", "text": "a cat"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAEC"}}]},
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": "Once"},
    ])
}

#[test]
fn conversations_with_calls_are_converted() {
    let (body, changed) = sent(FLASH, calls(), json!({}));
    assert_eq!(
        body,
        json!({
            "contents": [
                {"role": "user", "parts": [{"text": "q"}]},
                {"role": "model", "parts": [
                    {"thought": true, "text": "Hm."},
                    {"functionCall": {"name": "f", "args": {"z": 1, "a": [2]}}, "thoughtSignature": "c2ln"},
                    {"functionCall": {"name": "g", "args": {}}},
                ]},
                {"role": "user", "parts": [
                    {"functionResponse": {"name": "f", "response": {"x": {"y": 1}}}},
                    {"functionResponse": {"name": "g", "response": {"content": "a cat"}}},
                    {"inlineData": {"mimeType": "image/png", "data": "AAEC"}},
                ]},
                {"role": "user", "parts": [{"text": "go"}]},
                {"role": "model", "parts": [{"text": "Once"}]},
            ],
            "systemInstruction": {"parts": [{"text": "Be brief."}, {"text": "S2"}]},
        })
    );
    assert_eq!(
        changed,
        "cache_control left out; developer to system; later system to systemInstruction"
    );
    let (body, _) = sent(PRO_3, calls(), json!({}));
    assert_eq!(
        body["contents"][1]["parts"],
        json!([
            {"thought": true, "text": "Hm."},
            {"functionCall": {"name": "f", "args": {"z": 1, "a": [2]}, "id": "c1"}, "thoughtSignature": "c2ln"},
            {"functionCall": {"name": "g", "args": {}, "id": "c2"}},
        ])
    );
    assert_eq!(
        body["contents"][2]["parts"],
        json!([
            {"functionResponse": {"name": "f", "response": {"x": {"y": 1}}, "id": "c1"}},
            {"functionResponse": {"name": "g", "response": {"content": "a cat"}, "id": "c2", "parts": [{"inlineData": {"mimeType": "image/png", "data": "AAEC"}}]}},
        ])
    );
}

#[test]
fn results_have_the_order_of_their_calls_where_ids_are_unknown() {
    let call = |id: &str| json!({"id": id, "function": {"name": "f", "arguments": "{}"}});
    let result = |id: &str| json!({"role": "tool", "tool_call_id": id, "content": id});
    let messages = json!([hi()[0], {"role": "assistant", "tool_calls": [call("c1"), call("c2")]}, result("c2"), result("c1"), hi()[0]]);
    for (model, expected) in [(FLASH, ["c1", "c2"]), (PRO_3, ["c2", "c1"])] {
        let (body, _) = sent(model, messages.clone(), json!({}));
        let parts = body["contents"][2]["parts"].as_array().unwrap().iter();
        let results: Vec<_> = parts
            .map(|part| &part["functionResponse"]["response"]["content"])
            .collect();
        assert_eq!(results, expected, "{model}");
        assert_eq!(body["contents"][3]["parts"], json!([{"text": "hi"}]));
    }
}

#[test]
fn what_results_of_calls_cannot_have_is_reported() {
    let result = json!([
        {"type": "text", "text": "a cat", "cache_control": {"type": "ephemeral"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAEC", "detail": "high"}},
        {"type": "input_image", "image_url": "data:image/png;base64,AAED"},
    ]);
    let messages = json!([hi()[0], {"role": "assistant", "tool_calls": [{"id": "c__thought__c2ln", "function": {"name": "f"}}]},
        {"role": "tool", "tool_call_id": "c", "content": result}]);
    let (body, changed) = sent(PRO_3, messages.clone(), json!({}));
    assert_eq!(
        body["contents"][2]["parts"][0]["functionResponse"]["parts"],
        json!([{"inlineData": {"mimeType": "image/png", "data": "AAEC"}}, {"inlineData": {"mimeType": "image/png", "data": "AAED"}}])
    );
    assert_eq!(
        changed,
        "cache_control left out; detail in results of calls left out"
    );
    let (body, changed) = sent(FLASH, messages.clone(), json!({}));
    assert_eq!(
        body["generationConfig"],
        json!({"mediaResolution": "MEDIA_RESOLUTION_HIGH"})
    );
    assert_eq!(changed, "cache_control left out; detail to mediaResolution");
    let (_, changed) = sent("gemini-1.5-pro", messages, json!({}));
    assert_eq!(changed, "cache_control left out; detail left out");
}

#[test]
fn files_are_inline_or_at_an_address() {
    let content = json!([
        {"type": "image_url", "image_url": {"url": "data:image/jpg;base64,AAEC", "detail": "low"}},
        {"type": "image_url", "image_url": "gs://b/a.JPG"},
        {"type": "image_url", "image_url": {"url": "https://h/a.webp?x=1"}},
        {"type": "image_url", "image_url": {"url": "AAEC", "format": "image/png"}},
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,AAEC", "filename": "a.pdf"}},
        {"type": "file", "file": {"file_id": "https://generativelanguage.googleapis.com/v1beta/files/abc", "format": "audio/ogg"}},
        {"type": "file", "file": {"file_id": "files/abc"}},
        {"type": "file", "file": {"file_id": "https://www.youtube.com/watch?v=x", "video_metadata": {"fps": 1, "start_offset": "1s", "end_offset": "2s"}}},
        {"type": "input_audio", "input_audio": {"data": "AAEC", "format": "wav"}},
    ]);
    let (body, changed) = sent(FLASH, user(content.clone()), json!({}));
    let file = |uri: &str| json!({"fileData": {"fileUri": uri}});
    assert_eq!(
        body["contents"][0]["parts"],
        json!([
            {"inlineData": {"mimeType": "image/jpeg", "data": "AAEC"}},
            {"fileData": {"mimeType": "image/jpeg", "fileUri": "gs://b/a.JPG"}},
            {"fileData": {"mimeType": "image/webp", "fileUri": "https://h/a.webp?x=1"}},
            {"inlineData": {"mimeType": "image/png", "data": "AAEC"}},
            {"inlineData": {"mimeType": "application/pdf", "data": "AAEC"}},
            {"fileData": {"mimeType": "audio/ogg", "fileUri": "https://generativelanguage.googleapis.com/v1beta/files/abc"}},
            file("https://generativelanguage.googleapis.com/v1beta/files/abc"),
            {"fileData": {"fileUri": "https://www.youtube.com/watch?v=x"}, "videoMetadata": {"fps": 1, "startOffset": "1s", "endOffset": "2s"}},
            {"inlineData": {"mimeType": "audio/wav", "data": "AAEC"}},
            {"text": " "},
        ])
    );
    assert_eq!(
        body["generationConfig"],
        json!({"mediaResolution": "MEDIA_RESOLUTION_LOW"})
    );
    assert_eq!(
        changed,
        "messages[].content text added; detail to mediaResolution"
    );

    // Gemini 3 knows the resolution of each part, in another version of the API
    let server = crate::service();
    gemini(&server, PRO_3, user(content), json!({}))
        .run()
        .assert_success();
    let request = &server.requests()[0];
    assert_eq!(
        request.path,
        "/v1alpha/models/gemini-3-pro-preview:generateContent"
    );
    assert_eq!(
        request.json()["contents"][0]["parts"][0]["mediaResolution"],
        json!({"level": "MEDIA_RESOLUTION_LOW"})
    );
    assert_eq!(request.json()["generationConfig"], Value::Null);
}

#[test]
fn what_is_missing_is_added() {
    for (messages, contents, change) in [
        (
            json!([{"role": "system", "content": "S"}]),
            json!([{"role": "user", "parts": [{"text": "."}]}]),
            "user message added",
        ),
        (
            user(json!([{"type": "text", "text": ""}])),
            json!([{"role": "user", "parts": [{"text": " "}]}]),
            "user message added",
        ),
        (
            json!([{"role": "user", "content": "a", "name": "me"}, {"role": "user", "content": "b"}]),
            json!([{"role": "user", "parts": [{"text": "a"}, {"text": "b"}]}]),
            "messages[].name left out",
        ),
    ] {
        let (body, changed) = sent(FLASH, messages, json!({}));
        assert_eq!(body["contents"], contents);
        assert_eq!(changed, change);
    }
    let system = json!([{"role": "system", "content": "S"}, {"role": "user", "content": "q"}]);
    let (body, changed) = sent("gemma-3-27b-it", system, json!({}));
    assert_eq!(
        body,
        json!({"contents": [{"role": "user", "parts": [{"text": "S"}, {"text": "q"}]}]})
    );
    assert_eq!(changed, "system to user");
}

#[test]
fn what_gemini_cannot_take_is_refused_before_it_is_asked() {
    for (messages, start) in [
        (json!([{"content": "q"}]), "/params/messages/0/role is none of"),
        (
            json!([{"role": "tool", "tool_call_id": "x", "content": "r"}]),
            "/params/messages/0/tool_call_id is the id of no call",
        ),
        (
            user(json!([{"type": "image_url", "image_url": {"url": "http://h/a.png"}}])),
            "/params/messages/0/content/0 is neither a data URI nor",
        ),
        (
            user(json!([{"type": "file", "file": {"file_id": "gs://bucket/film"}}])),
            "/params/messages/0/content/0 has no extension that Gemini knows",
        ),
        (
            user(json!([{"type": "video"}])),
            "/params/messages/0/content/0 is of a type that Gemini does not know",
        ),
        (
            user(json!([{"type": "file", "file": {"file_id": "file-1"}}])),
            "/params/messages/0/content/0 is no file of Gemini",
        ),
        (
            json!([{"role": "system", "content": [{"type": "image_url", "image_url": "https://h/a.png"}]}]),
            "/params/messages/0/content/0 is not a text",
        ),
        (
            json!([{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{"}}]}]),
            "/params/messages/0/tool_calls/0/function/arguments ",
        ),
        (
            json!([{"role": "tool", "name": "f", "content": [{"type": "image_url", "image_url": "https://h/a.png"}]}]),
            "/params/messages/0/content/0 is at an address",
        ),
    ] {
        let message = refused(PRO_3, messages, json!({}));
        assert!(message.starts_with(start), "{message}");
    }
}
