//! The work of Anthropic's own tools in the terms of OpenAI's, as LiteLLM reports it beside the blocks themselves:
//! <https://platform.openai.com/docs/api-reference/responses/object#responses-object-output>.

use serde_json::{Value, json};

use super::inputs::{items, text};

const FETCH: &str = "web_fetch";

/// The searches and fetches, with their sources.
pub(super) fn web_search_calls(answer: &Value) -> Vec<Value> {
    let blocks = items(answer, "content");
    let calls = blocks
        .iter()
        .filter(|block| text(block, "/type") == Some("server_tool_use"));
    let calls = calls.filter(|call| matches!(text(call, "/name"), Some("web_search" | FETCH)));
    calls
        .map(|call| {
            let name = text(call, "/name").unwrap_or_default();
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
                json!({"type": "open_page", "url": text(call, "/input/url")})
            } else {
                search(call, content)
            };
            json!({"id": format!("ws_{id}"), "type": "web_search_call", "status": status, "action": action})
        })
        .collect()
}

fn search(call: &Value, content: Option<&Value>) -> Value {
    let query = text(call, "/input/query").unwrap_or_default();
    let results = content.and_then(Value::as_array).into_iter().flatten();
    let results = results.filter(|result| text(result, "/type") == Some("web_search_result"));
    let sources = results.filter_map(|result| text(result, "/url"));
    let sources = sources.map(|url| json!({"type": "url", "url": url}));
    let queries = Some(query).filter(|query| !query.is_empty());
    json!({
        "type": "search",
        "query": query,
        "queries": queries.into_iter().collect::<Vec<_>>(),
        "sources": sources.collect::<Vec<_>>(),
    })
}

/// The commands that were run, with what they wrote.
pub(super) fn code_interpreter_results(answer: &Value) -> Vec<Value> {
    let blocks = items(answer, "content");
    let results = blocks
        .iter()
        .filter(|block| text(block, "/type") == Some("bash_code_execution_tool_result"));
    results
        .map(|result| {
            let id = text(result, "/tool_use_id").unwrap_or_default();
            let call = blocks.iter().find(|block| text(block, "/id") == Some(id));
            let code = call
                .and_then(|call| text(call, "/input/command"))
                .unwrap_or_default();
            let mut logs = text(result, "/content/stdout").unwrap_or_default().to_owned();
            if let Some(errors) = text(result, "/content/stderr").filter(|errors| !errors.is_empty()) {
                logs = format!("{logs}STDERR: {errors}");
            }
            let outputs = Some(logs).filter(|logs| !logs.is_empty());
            json!({
                "type": "code_interpreter_call",
                "id": id,
                "code": code,
                "container_id": answer.pointer("/container/id"),
                "status": "completed",
                "outputs": outputs.map(|logs| json!([{"type": "logs", "logs": logs}])),
            })
        })
        .collect()
}
