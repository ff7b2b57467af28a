//! Messages: <https://ai.google.dev/api/caching#Content>.

use serde_json::{Value, json};

use super::{gemini, hi, refused, sent};
use crate::native::completion;
use support::{Answer, Server};

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
        "cache_control left out; later system to systemInstruction"
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
fn an_answer_can_be_handed_back() {
    let parts = json!([
        {"text": "Hm.", "thought": true},
        {"text": "Here.", "thoughtSignature": "dGV4dA=="},
        {"inlineData": {"mimeType": "image/png", "data": "AAEC"}, "thoughtSignature": "aW1n"},
        {"toolCall": {"toolType": "GOOGLE_SEARCH_WEB", "id": "s1", "args": {"queries": ["q"]}}, "thoughtSignature": "c2VhcmNo"},
        {"toolResponse": {"toolType": "GOOGLE_SEARCH_WEB", "id": "s1", "response": {"search_suggestions": "x"}}, "thoughtSignature": "Zm91bmQ="},
        {"functionCall": {"name": "f", "args": {"a": 1}, "id": "k1"}, "thoughtSignature": "Y2FsbA=="},
        {"functionCall": {"name": "f", "args": {"a": 1}, "id": "k2"}},
    ]);
    let answer = json!({"candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": "STOP"}], "responseId": "r"});
    let server = Server::always(Answer::json(200, &answer));
    let run = gemini(&server, PRO_3, hi(), json!({})).run();
    let message = completion(&run)["choices"][0]["message"].clone();
    let (body, changed) = sent(
        PRO_3,
        json!([hi()[0], message, {"role": "tool", "tool_call_id": message["tool_calls"][1]["id"], "content": "[1]"}]),
        json!({}),
    );
    let sent_parts = body["contents"][1]["parts"].as_array().unwrap();
    let expected = [0, 1, 2, 5, 6, 3, 4].map(|index| parts[index].clone());
    for (part, expected) in sent_parts.iter().zip(&expected) {
        assert_eq!(part, expected);
    }
    assert_eq!(sent_parts.len(), expected.len());
    assert_eq!(
        body["contents"][2]["parts"],
        json!([{"functionResponse": {"name": "f", "response": {"content": "[1]"}, "id": "k2"}}])
    );
    assert_eq!(changed, "");
}

#[test]
fn thoughts_of_other_services_have_no_signature_here() {
    let block = json!({"type": "thinking", "thinking": "Hm.", "signature": "c2ln"});
    let assistant = |more: Value| {
        let mut message = json!({"role": "assistant", "content": "a", "thinking_blocks": [block]});
        message
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!([hi()[0], message, hi()[0]])
    };
    let (body, changed) = sent(PRO_3, assistant(json!({"reasoning_content": "Hm."})), json!({}));
    assert_eq!(
        body["contents"][1]["parts"],
        json!([{"thought": true, "text": "Hm."}, {"text": "a"}])
    );
    assert_eq!(changed, "messages[].thinking_blocks[].signature left out");
    let (body, changed) = sent(PRO_3, assistant(json!({})), json!({}));
    assert_eq!(body["contents"][1]["parts"], json!([{"text": "a"}]));
    assert_eq!(changed, "messages[].thinking_blocks left out");
    let blocks = json!([block, {"type": "redacted_thinking", "data": "ZA=="}]);
    let (_, changed) = sent(
        FLASH,
        assistant(json!({"reasoning_content": "Hm.", "thinking_blocks": blocks})),
        json!({}),
    );
    assert_eq!(
        changed,
        "messages[].thinking_blocks redacted_thinking left out; messages[].thinking_blocks[].signature left out"
    );
}

#[test]
fn signed_thoughts_keep_their_signatures() {
    let parts = json!([
        {"text": "One.", "thought": true, "thoughtSignature": "b25l"},
        {"text": "Two.", "thought": true},
        {"text": "Here.", "thoughtSignature": "dGV4dA=="},
    ]);
    let answer =
        json!({"candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": "STOP"}]});
    let server = Server::always(Answer::json(200, &answer));
    let run = gemini(&server, PRO_3, hi(), json!({})).run();
    let message = completion(&run)["choices"][0]["message"].clone();
    let (body, changed) = sent(PRO_3, json!([hi()[0], message, hi()[0]]), json!({}));
    assert_eq!(body["contents"][1]["parts"], parts);
    assert_eq!(changed, "");
}

#[test]
fn nothing_that_an_assistant_said_vanishes() {
    let call = json!([{"id": "c", "function": {"name": "f", "arguments": "{}"}}]);
    for (message, parts, change) in [
        (
            json!({"content": null, "refusal": "No."}),
            json!([{"text": "No."}]),
            "messages[].refusal to text",
        ),
        (
            json!({"content": [{"type": "refusal", "refusal": "No."}]}),
            json!([{"text": "No."}]),
            "messages[].content refusal to text",
        ),
        (
            json!({"content": "a", "audio": {"id": "audio_1"}, "annotations": [], "prefix": true}),
            json!([{"text": "a"}]),
            "messages[].audio left out; messages[].prefix left out",
        ),
        (
            json!({"content": "", "tool_calls": call, "provider_specific_fields": {"citations": [[1]]}}),
            json!([{"functionCall": {"name": "f", "args": {}}}]),
            "messages[].provider_specific_fields.citations left out",
        ),
        (json!({"content": ""}), json!([{"text": ""}]), ""),
    ] {
        let mut assistant = json!({"role": "assistant"});
        assistant
            .as_object_mut()
            .unwrap()
            .extend(message.as_object().unwrap().clone());
        let (body, changed) = sent(FLASH, json!([hi()[0], assistant]), json!({}));
        assert_eq!(body["contents"][1]["parts"], parts, "{message}");
        assert_eq!(changed, change, "{message}");
    }
}

#[test]
fn all_calls_are_handed_back_even_if_one_is_an_old_one() {
    let call = |name: &str| json!({"name": name, "arguments": "{}"});
    let messages = json!([hi()[0],
        {"role": "assistant", "content": null, "function_call": call("g"),
            "tool_calls": [{"id": "c1", "function": call("f")}, {"id": "c2", "function": call("g")}]},
        {"role": "function", "name": "f", "content": "1"}, {"role": "function", "name": "g", "content": "2"}]);
    let (body, _) = sent(FLASH, messages, json!({}));
    let names = body["contents"][1]["parts"].as_array().unwrap().iter();
    let names: Vec<_> = names.map(|part| &part["functionCall"]["name"]).collect();
    assert_eq!(names, ["f", "g"]);
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
fn calls_of_other_models_get_the_documented_signature() {
    let messages = json!([hi()[0],
        {"role": "assistant", "content": "", "tool_calls": [{"id": "c1", "function": {"name": "f", "arguments": "{}"}}, {"id": "c2", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "c1", "content": "{\"$ref\":\"a\"}"}, {"role": "tool", "tool_call_id": "c2", "content": "{broken"}]);
    let (body, changed) = sent(PRO_3, messages, json!({}));
    assert_eq!(
        body["contents"][1]["parts"],
        json!([
            {"functionCall": {"name": "f", "args": {}, "id": "c1"}, "thoughtSignature": "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I="},
            {"functionCall": {"name": "f", "args": {}, "id": "c2"}}])
    );
    assert_eq!(changed, "thoughtSignature added");
    let response = |index: usize| &body["contents"][2]["parts"][index]["functionResponse"]["response"];
    assert_eq!(response(0), &json!({"content": "{\"$ref\":\"a\"}"}));
    assert_eq!(response(1), &json!({"content": "{broken"}));
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
