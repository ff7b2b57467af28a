//! Ollama's own API.

mod messages;

use serde_json::{Value, json};
use support::{Answer, Server, Test};

use crate::native::{ask, body, completion, output};
use crate::service;

fn at(server: &Server, run: Test) -> Test {
    run.env("OLLAMA_API_BASE", server.url(""))
}

fn hi() -> Value {
    json!([{"role": "user", "content": "hi"}])
}

const ANSWER: &str = include_str!("recorded/ollama_chat/thinking.json");

#[test]
fn parameters_become_options() {
    let server = service();
    let params = json!({"temperature": 0.5, "max_tokens": 9, "num_ctx": 8192, "top_k": 20, "stop": "END", "keep_alive": "5m", "think": true,
        "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}, "seed": null});
    let run = at(&server, ask("ollama/llama3.2", hi(), params)).run();
    run.assert_success();
    let requests = server.requests();
    assert_eq!(
        (requests[0].method.as_str(), requests[0].path.as_str()),
        ("POST", "/api/chat")
    );
    assert_eq!(
        body(&server),
        json!({"model": "llama3.2", "messages": [{"role": "user", "content": "hi"}], "format": {"type": "object"}, "keep_alive": "5m",
            "think": true, "stream": false, "options": {"temperature": 0.5, "num_predict": 9, "num_ctx": 8192, "top_k": 20, "stop": ["END"]}})
    );
    let extra = &run.receipt()["extra"];
    assert_eq!(extra["api"], "ollama_chat");
    assert_eq!(
        extra["changed"],
        "max_tokens to num_predict; response_format to format"
    );
}

#[test]
fn conversations_with_images_and_tools_are_converted() {
    let server = service();
    let messages = json!([
        {"role": "system", "content": [{"type": "text", "text": "Be "}, {"type": "text", "text": "brief."}]},
        {"role": "developer", "content": "Be kind."},
        {"role": "user", "content": [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAEC"}}]},
        {"role": "assistant", "content": null, "reasoning_content": "Look it up.", "tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{\"z\":1,\"a\":[2]}"}},
        ]},
        {"role": "tool", "tool_call_id": "call_1", "content": "a cat"},
    ]);
    let tools = json!([{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]);
    let run = at(
        &server,
        ask("ollama_chat/llava", messages, json!({ "tools": tools })),
    );
    let run = run.run();
    run.assert_success();
    assert_eq!(run.receipt()["extra"]["changed"], "developer to system");
    let sent = body(&server);
    assert_eq!(
        sent["messages"],
        json!([
            {"role": "system", "content": "Be brief."},
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "What is it?", "images": ["AAEC"]},
            {"role": "assistant", "content": "", "thinking": "Look it up.",
                "tool_calls": [{"id": "call_1", "function": {"name": "look", "arguments": {"z": 1, "a": [2]}}}]},
            {"role": "tool", "content": "a cat", "tool_call_id": "call_1", "tool_name": "look"},
        ])
    );
    assert_eq!(sent["tools"], tools);
}

#[test]
fn what_ollama_cannot_take_is_refused_before_it_is_asked() {
    let server = service();
    for (messages, pointer) in [
        (
            json!([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://h/a.png"}}]}]),
            "/params/messages/0/content/0 is an image at an address",
        ),
        (
            json!([{"role": "user", "content": "a"}, {"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}}]}]),
            "/params/messages/1/content/0 is neither",
        ),
        (
            json!([{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{"}}]}]),
            "/params/messages/0/tool_calls/0/function/arguments ",
        ),
        (hi(), "/params/tool_choice forces a call"),
    ] {
        let run = ask("ollama/llava", messages, json!({"tool_choice": "required"}));
        let run = at(&server, run).run();
        run.assert_failure("ERR_INPUTS", 3);
        run.assert_message(pointer);
    }
    assert!(server.requests().is_empty());
}

#[test]
fn an_answer_becomes_a_chat_completion() {
    let server = Server::always(Answer::new(200, ANSWER).header("content-type", "application/json"));
    let run = at(&server, ask("ollama/llama3.2", hi(), json!({}))).run();
    run.assert_success();
    let mut answered = completion(&run);
    let id = answered.as_object_mut().unwrap().remove("id").unwrap();
    assert!(id.as_str().unwrap().starts_with("chatcmpl-"), "{id}");
    assert_eq!(
        answered,
        json!({"object": "chat.completion", "model": "llama3.2",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello!", "reasoning_content": "Greet."}, "finish_reason": "length"}],
            "usage": {"prompt_tokens": 26, "completion_tokens": 298, "total_tokens": 324, "total_duration": 4_935_886_791_u64,
                "load_duration": 534_986_708, "prompt_eval_duration": 107_345_000, "eval_duration": 4_289_432_000_u64}})
    );
    assert_eq!(output(&run, "native.json").unwrap(), ANSWER.as_bytes());
    assert_eq!(run.receipt()["usage"]["completion_tokens"], 298);
    assert_eq!(run.receipt()["extra"]["finish_reason"], "length");
}

#[test]
fn a_choice_of_tools_that_the_model_has_anyway_is_left_out() {
    let tools = json!([{"type": "function", "function": {"name": "f"}}]);
    for (choice, sent, changed) in [
        ("auto", tools.clone(), "tool_choice left out"),
        ("none", Value::Null, "tools left out"),
    ] {
        let server = service();
        let params = json!({"tools": tools, "tool_choice": choice});
        let run = at(&server, ask("ollama/m", hi(), params)).run();
        run.assert_success();
        assert_eq!(body(&server)["tools"], sent);
        assert_eq!(run.receipt()["extra"]["changed"], changed);
    }
}

#[test]
fn parameters_for_one_member_do_not_replace_each_other_in_silence() {
    let tools = json!([{"type": "function", "function": {"name": "f"}}]);
    for (params, expected, changed) in [
        (
            json!({"options": {"num_ctx": 5, "top_k": 1}, "num_ctx": 7}),
            json!({"options": {"num_ctx": 7, "top_k": 1}}),
            "num_ctx of other parameters left out",
        ),
        (
            json!({"think": true, "reasoning_effort": {"effort": "none", "summary": "auto"}}),
            json!({"think": false}),
            "think of other parameters left out; reasoning_effort to think; reasoning_effort.summary left out",
        ),
        (
            json!({"tools": tools, "functions": [{"name": "g"}]}),
            json!({"tools": [{"type": "function", "function": {"name": "g"}}]}),
            "tools of other parameters left out; functions to tools",
        ),
        (json!({"tool_choice": "none"}), json!({}), "tool_choice left out"),
    ] {
        let server = service();
        let run = at(&server, ask("ollama/m", hi(), params.clone())).run();
        run.assert_success();
        let mut sent = body(&server);
        for name in ["model", "messages", "stream"] {
            sent.as_object_mut().unwrap().remove(name);
        }
        assert_eq!(sent, expected, "{params}");
        assert_eq!(run.receipt()["extra"]["changed"], changed, "{params}");
    }
    let server = service();
    for name in ["system", "template", "raw"] {
        let run = at(&server, ask("ollama/m", hi(), json!({ name: "x" }))).run();
        run.assert_failure("ERR_INPUTS", 3);
        run.assert_message(&format!("/params/{name} is not known to Ollama's chats"));
    }
    assert!(server.requests().is_empty());
}

#[test]
fn calls_have_ids_and_arguments_that_are_text() {
    let call = |arguments: Value| json!({"function": {"name": "f", "arguments": arguments}});
    let mut own = call(json!(r#"{"b":1}"#));
    own["id"] = "call_own".into();
    let calls = json!([own, call(json!({"a": 1})), call(Value::Null), call(Value::Null)]);
    let answer = json!({"message": {"role": "assistant", "content": "", "tool_calls": calls}, "done": true});
    let server = Server::always(Answer::json(200, &answer));
    let run = at(&server, ask("ollama/m", hi(), json!({}))).run();
    let calls = completion(&run)["choices"][0]["message"]["tool_calls"].take();
    let calls = calls.as_array().unwrap();
    let arguments: Vec<_> = calls.iter().map(|call| &call["function"]["arguments"]).collect();
    assert_eq!(arguments, [r#"{"b":1}"#, r#"{"a":1}"#, "{}", "{}"]);
    let ids: std::collections::BTreeSet<_> = calls.iter().map(|call| call["id"].to_string()).collect();
    assert!(ids.len() == 4 && ids.contains("\"call_own\""), "{ids:?}");
}

#[test]
fn thinking_inside_of_the_content_is_split_off() {
    let answer =
        json!({"message": {"role": "assistant", "content": "<think>Hm.</think>\n\nYes."}, "done": true});
    let server = Server::always(Answer::json(200, &answer));
    let run = at(&server, ask("ollama/deepseek-r1", hi(), json!({}))).run();
    run.assert_success();
    assert_eq!(
        completion(&run)["choices"][0]["message"],
        json!({"role": "assistant", "content": "\n\nYes.", "reasoning_content": "Hm."})
    );
}

#[test]
fn a_stream_becomes_the_same_completion() {
    let stream = include_str!("recorded/ollama_chat/tools.stream");
    let server = Server::always(Answer::new(200, stream).header("content-type", "application/x-ndjson"));
    let run = at(&server, ask("ollama/m", hi(), json!({"stream": true}))).run();
    run.assert_success();
    assert_eq!(body(&server)["stream"], true);
    assert_eq!(output(&run, "stream.jsonl").unwrap(), stream.as_bytes());
    assert_eq!(output(&run, "native.json"), None);
    let mut answered = completion(&run);
    let id = answered["choices"][0]["message"]["tool_calls"][0]["id"].take();
    assert_eq!(
        answered["choices"],
        json!([{"index": 0, "finish_reason": "tool_calls", "message": {"role": "assistant", "content": "Héllo", "reasoning_content": "Think",
            "tool_calls": [{"index": 0, "id": null, "type": "function", "function": {"name": "f", "arguments": "{\"b\":1,\"a\":2}"}}]}}])
    );
    assert_eq!(
        answered["usage"],
        json!({"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7, "total_duration": 9})
    );

    // an id of its own: in the next answer, it is another one
    let next = stream.replace("10:00:00.6Z", "10:00:09.6Z");
    let server = Server::always(Answer::new(200, next));
    let run = at(&server, ask("ollama/m", hi(), json!({"stream": true}))).run();
    let other = completion(&run)["choices"][0]["message"]["tool_calls"][0]["id"].take();
    assert!(id.as_str().unwrap().starts_with("call_"), "{id}");
    assert!(other != id && other.is_string(), "{other}");

    // cut off, it is kept
    let half: String = stream.split_inclusive('\n').take(3).collect();
    let server =
        Server::always(Answer::new(200, half.clone()).header("content-type", "application/x-ndjson"));
    let run = at(&server, ask("ollama/m", hi(), json!({"stream": true}))).run();
    assert_eq!(run.assert_rejected("ERR_PROVIDER_RESPONSE", 14), half.as_bytes());
    run.assert_message("ended before its end mark");
}

#[test]
fn errors_have_the_words_of_ollama() {
    for (status, code) in [(404, "ERR_PROVIDER_REJECTED"), (200, "ERR_PROVIDER_RESPONSE")] {
        let server = Server::always(Answer::json(status, &json!({"error": "model 'x' not found"})));
        let run = at(&server, ask("ollama/x", hi(), json!({}))).run();
        run.assert_failure(code, if status == 404 { 11 } else { 14 });
        run.assert_message("model 'x' not found");
    }
    let server = Server::always(Answer::new(200, "{\"done\":true}"));
    let run = at(&server, ask("ollama/x", hi(), json!({}))).run();
    let kept = run.assert_rejected("ERR_PROVIDER_RESPONSE", 14);
    assert_eq!(kept, br#"{"done":true}"#);
}

#[test]
fn the_compatible_api_can_be_asked_instead() {
    let server = service();
    let run = at(
        &server,
        ask("ollama/x", hi(), json!({"openai_compatible": true, "top_k": 3})),
    )
    .run();
    run.assert_success();
    assert_eq!(server.requests()[0].path, "/v1/chat/completions");
    assert_eq!(body(&server)["top_k"], 3);
    assert_eq!(run.receipt()["extra"]["api"], "chat_completions");
}
