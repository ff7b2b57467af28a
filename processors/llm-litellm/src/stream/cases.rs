//! What services send in deltas, and the completion that they make.

use runtime::http::lenient_json::{self, Repaired};
use serde_json::{Value, json};

use super::assembly::Assembly;

mod calls;

fn bytes_of(chunks: &[&[u8]]) -> Vec<u8> {
    let mut assembly = Assembly::default();
    for chunk in chunks {
        let mut repaired = Repaired::default();
        let chunk = lenient_json::read(chunk, &mut repaired).unwrap();
        assembly.add(&chunk).unwrap();
    }
    assembly.finish().unwrap()
}

fn whole(chunks: &[&str]) -> String {
    let chunks: Vec<_> = chunks.iter().map(|chunk| chunk.as_bytes()).collect();
    String::from_utf8(bytes_of(&chunks)).unwrap()
}

fn assembled(chunks: &[Value]) -> Value {
    let chunks: Vec<_> = chunks.iter().map(Value::to_string).collect();
    let chunks: Vec<_> = chunks.iter().map(String::as_str).collect();
    serde_json::from_str(&whole(&chunks)).unwrap()
}

/// The message that these deltas of one choice make.
fn message<const N: usize>(deltas: [Value; N]) -> Value {
    let chunks =
        deltas.map(|delta| json!({"choices": [{"index": 0, "delta": delta, "finish_reason": null}]}));
    assembled(&chunks)["choices"][0]["message"].clone()
}

#[test]
fn texts_calls_and_choices_are_assembled() {
    let delta = |index: u64, delta: Value| json!({"choices": [{"index": index, "delta": delta}]});
    let call = |call: Value| delta(1, json!({"tool_calls": [call]}));
    let whole = assembled(&[
        json!({"id": "c", "object": "chat.completion.chunk", "choices": [], "usage": null}),
        delta(1, json!({"role": "assistant", "content": null})),
        delta(
            0,
            json!({"role": "assistant", "content": "Hel", "reasoning_content": "h"}),
        ),
        delta(
            0,
            json!({"role": "assistant", "content": "lo", "reasoning_content": "m"}),
        ),
        call(json!({"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": ""}})),
        call(json!({"index": 1, "id": "b", "type": "function", "function": {"name": "g", "arguments": "{"}})),
        call(json!({"index": 0, "function": {"arguments": "{\"x\":"}})),
        call(json!({"index": 0, "id": null, "type": "function", "function": {"arguments": "1}"}})),
        json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop", "logprobs": {"content": [1, 1]}}]}),
        json!({"choices": [{"index": 0, "delta": {}, "finish_reason": null, "logprobs": {"content": [1], "refusal": []}}]}),
        json!({"id": "c", "choices": [], "usage": {"total_tokens": 3}}),
    ]);
    assert_eq!(
        whole,
        json!({
            "id": "c", "object": "chat.completion", "usage": {"total_tokens": 3},
            "choices": [
                {"index": 0, "finish_reason": "stop", "logprobs": {"content": [1, 1, 1], "refusal": []},
                 "message": {"role": "assistant", "content": "Hello", "reasoning_content": "hm"}},
                {"index": 1, "message": {"role": "assistant", "content": null, "tool_calls": [
                    {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": "{\"x\":1}"}},
                    {"index": 1, "id": "b", "type": "function", "function": {"name": "g", "arguments": "{"}},
                ]}},
            ],
        })
    );
}

#[test]
fn keys_keep_their_order_and_numbers_their_spelling() {
    let whole = whole(&[
        r#"{"z":1.10,"choices":[{"finish_reason":null,"delta":{"zeta":12345678901234567890,"content":"a"},"index":0}],"a":0}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"b","extra":{"y":1e400,"x":2.0}},"finish_reason":"stop","seed":1.0}],"usage":{"cost":0.10}}"#,
    ]);
    assert_eq!(
        whole,
        r#"{"z":1.10,"choices":[{"finish_reason":"stop","message":{"zeta":12345678901234567890,"content":"ab","extra":{"y":1e400,"x":2.0}},"index":0,"seed":1.0}],"a":0,"usage":{"cost":0.10},"object":"chat.completion"}"#
    );
}

#[test]
fn only_what_is_known_to_grow_is_continued() {
    let severity = |severity: &str| json!({"hate": {"filtered": false, "severity": severity}});
    let chunk = |text: &str| {
        json!({"system_fingerprint": "fp", "obfuscation": text, "choices": [{"index": 0, "delta": {"content": text, "mood": text},
               "content_filter_results": severity("safe"), "stop_reason": text}]})
    };
    let whole = assembled(&[chunk("a"), chunk("b"), chunk("")]);
    assert_eq!(
        whole,
        json!({"system_fingerprint": "fp", "obfuscation": "b", "object": "chat.completion",
               "choices": [{"index": 0, "message": {"content": "ab", "mood": "b"},
                            "content_filter_results": severity("safe"), "stop_reason": "b"}]})
    );
    let whole = |name: &str| message([json!({name: "a"}), json!({name: "b"})])[name].clone();
    let texts = "content reasoning reasoning_content reasoning_text refusal encrypted_content thinking";
    for name in texts.split(' ') {
        assert_eq!(whole(name), "ab", "{name}");
    }
    for name in "role name signature reasoning_opaque tomorrow".split(' ') {
        assert_eq!(whole(name), "b", "{name}");
    }
}

#[test]
fn blank_values_replace_nothing() {
    let first = json!({"id": "c", "model": "m", "created": 7, "usage": {"total_tokens": 3, "prompt_tokens_details": {"cached_tokens": 1}},
                       "citations": ["x"], "service_tier": "default",
                       "choices": [{"index": 0, "delta": {"role": "assistant", "content": "a", "audio": {"id": "au"}}, "finish_reason": "stop"}]});
    let nothing = json!({"id": "", "model": "", "created": 0, "usage": {"total_tokens": 0, "prompt_tokens_details": null},
                         "citations": [], "service_tier": null,
                         "choices": [{"index": 0, "delta": {"role": "", "content": null, "audio": {}}, "finish_reason": ""}]});
    let expected = assembled(std::slice::from_ref(&first));
    assert_eq!(assembled(&[first.clone(), nothing.clone()]), expected);
    let around = [nothing.clone(), first.clone(), nothing.clone()];
    assert_eq!(assembled(&around), expected);
    for choices in [json!(null), json!([]), json!([null])] {
        let nothing = json!({ "choices": choices });
        assert_eq!(assembled(&[first.clone(), nothing]), expected);
    }
    assert_eq!(assembled(&[first, json!({})]), expected);
    // but the first of all is kept
    assert_eq!(assembled(&[nothing])["created"], 0);
}

#[test]
fn members_of_an_object_are_collected() {
    let whole = assembled(&[
        json!({"x_groq": {"id": "req"}, "usage": {"prompt_tokens": 3, "completion_tokens": 0}}),
        json!({"x_groq": {"usage": {"total_tokens": 4}}, "usage": {"completion_tokens": 1}}),
    ]);
    assert_eq!(
        whole,
        json!({"x_groq": {"id": "req", "usage": {"total_tokens": 4}}, "choices": [], "object": "chat.completion",
               "usage": {"prompt_tokens": 3, "completion_tokens": 1}})
    );
}

#[test]
fn details_of_the_reasoning_are_merged_by_type_and_index() {
    let detail = |detail: Value| json!({"reasoning_details": [detail]});
    let format = "anthropic-claude-v1";
    let whole = message([
        detail(json!({"type": "reasoning.text", "text": "Let", "format": format, "index": 0})),
        detail(
            json!({"type": "reasoning.text", "text": " me", "format": format, "index": 0, "signature": null}),
        ),
        detail(json!({"type": "reasoning.text", "signature": "Et8B", "format": format, "index": 0})),
        detail(
            json!({"type": "reasoning.encrypted", "data": "gAA", "id": "rs_1", "format": format, "index": 0}),
        ),
        detail(
            json!({"type": "reasoning.encrypted", "data": "AAB", "id": "rs_1", "format": format, "index": 0}),
        ),
        detail(
            json!({"type": "reasoning.encrypted", "data": "gBB", "id": "rs_2", "format": format, "index": 0}),
        ),
        detail(json!({"type": "reasoning.summary", "summary": "So", "index": 1})),
        detail(json!({"type": "", "summary": " it", "index": 1})),
    ]);
    assert_eq!(
        whole["reasoning_details"],
        json!([
            {"type": "reasoning.text", "text": "Let me", "format": format, "index": 0, "signature": "Et8B"},
            {"type": "reasoning.encrypted", "data": "gAAAAB", "id": "rs_1", "format": format, "index": 0},
            {"type": "reasoning.encrypted", "data": "gBB", "id": "rs_2", "format": format, "index": 0},
            {"type": "reasoning.summary", "summary": "So it", "index": 1},
        ])
    );
}

#[test]
fn thinking_blocks_end_with_their_signature() {
    let block = |block: Value| json!({"thinking_blocks": [block], "provider_specific_fields": {"thinking_blocks": [block]}});
    let thinking = |text: &str, signature: &str| {
        block(json!({"type": "thinking", "thinking": text, "signature": signature}))
    };
    let whole = message([
        thinking("a", ""),
        thinking("b", ""),
        thinking("", "s1"),
        thinking("c", ""),
        thinking("", "s2"),
        block(json!({"type": "redacted_thinking", "data": "x"})),
        block(json!({"type": "redacted_thinking", "data": "y"})),
    ]);
    let blocks = json!([
        {"type": "thinking", "thinking": "ab", "signature": "s1"},
        {"type": "thinking", "thinking": "c", "signature": "s2"},
        {"type": "redacted_thinking", "data": "x"},
        {"type": "redacted_thinking", "data": "y"},
    ]);
    assert_eq!(whole["thinking_blocks"], blocks);
    assert_eq!(whole["provider_specific_fields"]["thinking_blocks"], blocks);
}

#[test]
fn a_content_may_change_its_type() {
    let content = |content: Value| json!({"content": content});
    let thinking = |text: &str| json!({"type": "thinking", "thinking": [{"type": "text", "text": text}]});
    let whole = message([
        content(json!("")),
        content(json!("a")),
        content(json!([thinking("b")])),
        content(json!([thinking("c"), {"type": "reference", "reference_ids": [1]}])),
        content(json!([{"type": "reference", "reference_ids": [2]}])),
        content(json!("d")),
        content(json!("")),
        content(json!("e")),
        content(json!([{"type": "text", "text": "f"}])),
        content(json!({"type": "text", "text": "g"})),
        content(json!(null)),
        content(json!([])),
        content(json!(["h"])),
    ]);
    assert_eq!(
        whole["content"],
        json!([
            {"type": "text", "text": "a"},
            {"type": "thinking", "thinking": [{"type": "text", "text": "bc"}]},
            {"type": "reference", "reference_ids": [1]},
            {"type": "reference", "reference_ids": [2]},
            {"type": "text", "text": "defgh"},
        ])
    );
    let parts =
        |index: u64, kind: &str, text: &str| content(json!([{"index": index, "type": kind, kind: text}]));
    let whole = message([
        parts(0, "text", "a"),
        parts(1, "text", "b"),
        parts(0, "text", "c"),
        parts(0, "thinking", "d"),
    ]);
    assert_eq!(
        whole["content"],
        json!([
            {"index": 0, "type": "text", "text": "ac"},
            {"index": 1, "type": "text", "text": "b"},
            {"index": 0, "type": "thinking", "thinking": "d"},
        ])
    );
}

#[test]
fn audio_is_joined_as_bytes() {
    let audio = |audio: Value| json!({"audio": audio});
    let whole = message([
        audio(json!({"id": "au", "transcript": "Hel"})),
        audio(json!({"data": "QQ=="})),
        audio(json!({"data": "QkM=", "transcript": "lo"})),
        audio(json!({"data": "QkM="})),
        audio(json!({"expires_at": 7})),
    ]);
    assert_eq!(
        whole["audio"],
        json!({"id": "au", "transcript": "Hello", "data": "QUJDQkM=", "expires_at": 7})
    );
}

#[test]
fn unique_items_are_kept_once() {
    let annotation = |url: &str| json!({"type": "url_citation", "url_citation": {"url": url, "title": "t"}});
    let image =
        |index: u64, url: &str| json!({"type": "image_url", "index": index, "image_url": {"url": url}});
    let whole = message([
        json!({"annotations": [annotation("a")], "images": [image(0, "x")], "citations": [{"text": "a", "start": 0}]}),
        json!({"annotations": [annotation("a"), annotation("b")], "images": [image(1, "y")], "citations": [{"text": "b", "start": 1}]}),
        json!({"annotations": [], "images": [image(1, "z")], "tomorrow": [1, 2]}),
        json!({"tomorrow": [3]}),
    ]);
    assert_eq!(
        whole,
        json!({"annotations": [annotation("a"), annotation("b")], "images": [image(0, "x"), image(1, "z")],
               "citations": [{"text": "a", "start": 0}, {"text": "b", "start": 1}], "tomorrow": [3]})
    );
}

#[test]
fn a_whole_message_beside_its_deltas_is_not_doubled() {
    let choice =
        |delta: Value, message: Value| json!({"choices": [{"index": 0, "message": message, "delta": delta}]});
    let whole = assembled(&[
        choice(
            json!({"content": "Hel"}),
            json!({"role": "assistant", "content": "Hel"}),
        ),
        choice(
            json!({"content": "lo"}),
            json!({"role": "assistant", "content": "Hello"}),
        ),
    ]);
    assert_eq!(
        whole["choices"],
        json!([{"index": 0, "message": {"content": "Hello", "role": "assistant"}}])
    );
    let whole = assembled(&[json!({"choices": [{"message": {"content": "Hello"}}, {"text": "a"}]})]);
    assert_eq!(
        whole["choices"],
        json!([{"index": 0, "message": {"content": "Hello"}}, {"index": 1, "text": "a", "message": {}}])
    );
}

#[test]
fn indexes_may_be_missing_or_strings() {
    let choice = |index: Value, text: &str| json!({"index": index, "delta": {"content": text}});
    let whole = assembled(&[
        json!({"choices": [choice(json!(null), "a"), choice(json!("1"), "b")]}),
        json!({"choices": [{"delta": {"content": "c"}}, choice(json!(1), "d")]}),
        json!({"choices": [choice(json!(0), "e")]}),
    ]);
    let text = |index: u64, text: &str| json!({"index": index, "message": {"content": text}});
    assert_eq!(whole["choices"], json!([text(0, "ace"), text(1, "bd")]));
}

#[test]
fn halves_of_characters_are_joined() {
    let chunk = |content: &str| format!(r#"{{"choices":[{{"index":0,"delta":{{"content":"{content}"}}}}]}}"#);
    let content = |chunks: &[Vec<u8>]| {
        let chunks: Vec<_> = chunks.iter().map(Vec::as_slice).collect();
        let whole: Value = serde_json::from_slice(&bytes_of(&chunks)).unwrap();
        whole["choices"][0]["message"]["content"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let escaped = [chunk("a\\ud83d").into_bytes(), chunk("\\ude00b").into_bytes()];
    assert_eq!(content(&escaped), "a😀b");
    assert_eq!(content(&escaped[..1]), "a\u{fffd}");
    let bytes = chunk("a😀b").into_bytes();
    let at = bytes.iter().position(|byte| *byte == 0xf0).unwrap();
    let halves = [
        [&bytes[..at + 2], &b"\"}}]}"[..]].concat(),
        chunk("\u{1}").into_bytes(),
    ];
    assert_eq!(content(&halves), "a\u{fffd}\u{1}");
    let rest = [&bytes[..at - 1], &bytes[at + 2..]].concat();
    assert_eq!(content(&[halves[0].clone(), rest]), "a😀b");
}

#[test]
fn values_that_are_not_json_become_null() {
    let whole = whole(&[
        "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\tb\"},\"logprobs\":{\"content\":[{\"token\":\"\\ud83d\",\"logprob\":-Infinity,\"bytes\":NaN}]}}]}",
    ]);
    assert_eq!(
        whole,
        r#"{"choices":[{"index":0,"message":{"content":"a\tb"},"logprobs":{"content":[{"token":"\ufffd","logprob":null,"bytes":null}]}}],"object":"chat.completion"}"#
    );
}

#[test]
fn depth_is_unlimited() {
    let deep = format!("{}1{}", r#"{"function_call":"#.repeat(50_000), "}".repeat(50_000));
    let chunk = format!(
        r#"{{"choices":[{{"delta":{{"x":{deep},"content":{}{}}}}}]}}"#,
        "[".repeat(50_000),
        "]".repeat(50_000)
    );
    let whole = whole(&[&chunk, &chunk]);
    assert!(whole.contains(&deep));
}

#[test]
fn other_chunks_are_refused() {
    for chunk in [
        r#"{"choices":{}}"#,
        r#"{"choices":[1]}"#,
        r#"{"choices":[{"delta":1}]}"#,
    ] {
        let chunk = serde_json::from_str(chunk).unwrap();
        assert!(Assembly::default().add(&chunk).is_err());
    }
}
