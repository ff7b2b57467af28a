//! The work of Anthropic's own tools in the terms of OpenAI's, as LiteLLM reports it beside the blocks themselves:
//! <https://platform.openai.com/docs/api-reference/responses/object#responses-object-output>.

use serde_json::Value;

use super::inputs::{items, text};
use crate::native::object::object;

const FETCH: &str = "web_fetch";

/// The searches and fetches, with their sources.
pub(super) fn web_search_calls(answer: &Value) -> Vec<Value> {
    let blocks = items(answer, "content");
    let mut calls = Vec::new();
    for call in blocks {
        let name = text(call, "/name").unwrap_or_default();
        if text(call, "/type") != Some("server_tool_use") || !matches!(name, "web_search" | FETCH) {
            continue;
        }
        let id = text(call, "/id").unwrap_or_default();
        let result = blocks.iter().find(|block| {
            let kind = text(block, "/type").and_then(|kind| kind.strip_suffix("_tool_result"));
            kind == Some(name) && text(block, "/tool_use_id") == Some(id)
        });
        let content = result.and_then(|result| result.get("content"));
        let has_failed = content
            .and_then(|content| text(content, "/type"))
            .is_some_and(|kind| kind.ends_with("_error"));
        let status = match content {
            None => "in_progress",
            Some(_) if has_failed => "failed",
            Some(_) => "completed",
        };
        let action = if name == FETCH {
            let url = text(call, "/input/url");
            object([("type", "open_page".into()), ("url", url.into())])
        } else {
            search(call, content)
        };
        calls.push(object([
            ("id", format!("ws_{id}").into()),
            ("type", "web_search_call".into()),
            ("status", status.into()),
            ("action", action),
        ]));
    }
    calls
}

fn search(call: &Value, content: Option<&Value>) -> Value {
    let query = text(call, "/input/query").unwrap_or_default();
    let mut sources = Vec::new();
    for result in content.and_then(Value::as_array).into_iter().flatten() {
        if let (Some("web_search_result"), Some(url)) = (text(result, "/type"), text(result, "/url")) {
            sources.push(object([("type", "url".into()), ("url", url.into())]));
        }
    }
    let mut queries = Vec::new();
    if !query.is_empty() {
        queries.push(Value::from(query));
    }
    object([
        ("type", "search".into()),
        ("query", query.into()),
        ("queries", queries.into()),
        ("sources", sources.into()),
    ])
}

/// The commands that were run, with what they wrote.
pub(super) fn code_interpreter_results(answer: &Value) -> Vec<Value> {
    let blocks = items(answer, "content");
    let mut commands = Vec::new();
    for result in blocks {
        if text(result, "/type") != Some("bash_code_execution_tool_result") {
            continue;
        }
        let id = text(result, "/tool_use_id").unwrap_or_default();
        let call = blocks.iter().find(|block| text(block, "/id") == Some(id));
        let code = call.and_then(|call| text(call, "/input/command"));
        let mut logs = text(result, "/content/stdout").unwrap_or_default().to_owned();
        if let Some(errors) = text(result, "/content/stderr").filter(|errors| !errors.is_empty()) {
            logs = format!("{logs}STDERR: {errors}");
        }
        let outputs = if logs.is_empty() {
            Value::Null
        } else {
            vec![object([("type", "logs".into()), ("logs", logs.into())])].into()
        };
        let container = answer.pointer("/container/id");
        commands.push(object([
            ("type", "code_interpreter_call".into()),
            ("id", id.into()),
            ("code", code.unwrap_or_default().into()),
            ("container_id", container.cloned().unwrap_or_default()),
            ("status", "completed".into()),
            ("outputs", outputs),
        ]));
    }
    commands
}
