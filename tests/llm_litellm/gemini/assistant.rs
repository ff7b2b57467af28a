//! An assistant's messages, handed back: <https://ai.google.dev/gemini-api/docs/thought-signatures>.

use serde_json::{Value, json};
use support::{Answer, Server};

use super::{gemini, hi, sent};
use crate::native::completion;

const FLASH: &str = "gemini-2.5-flash";
const PRO_3: &str = "gemini-3-pro-preview";

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
fn a_signature_without_a_text_is_handed_back() {
    let message = |content: Value, signatures: Value| {
        json!([hi()[0], {"role": "assistant", "content": content, "tool_calls": [{"id": "c__thought__c2ln", "function": {"name": "f"}}],
            "provider_specific_fields": {"thought_signatures": signatures}}])
    };
    let (body, changed) = sent(
        PRO_3,
        message(Value::Null, json!(["c2ln", "bGFzdA=="])),
        json!({}),
    );
    let call = json!({"functionCall": {"name": "f", "args": {}, "id": "c"}, "thoughtSignature": "c2ln"});
    assert_eq!(
        body["contents"][1]["parts"],
        json!([call, {"text": "", "thoughtSignature": "bGFzdA=="}])
    );
    assert_eq!(changed, "");
    let (body, changed) = sent(
        PRO_3,
        message("a".into(), json!(["dGV4dA==", "c2ln", "bGFzdA=="])),
        json!({}),
    );
    assert_eq!(
        body["contents"][1]["parts"],
        json!([{"text": "a", "thoughtSignature": "dGV4dA=="}, call])
    );
    assert_eq!(
        changed,
        "messages[].provider_specific_fields.thought_signatures left out"
    );
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
