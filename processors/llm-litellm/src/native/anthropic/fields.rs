//! What an answer has beside a chat completion's members, with LiteLLM's names: `provider_specific_fields`.

use serde_json::{Map, Value};

use super::hosted::{code_interpreter_results, web_search_calls};
use super::inputs::{items, text};
use crate::native::object::put;

/// Members of the answer that are passed on as they are.
const MEMBERS: [&str; 3] = ["context_management", "input_transformations", "container"];

#[derive(Default)]
pub(super) struct Fields<'a> {
    /// For each text with citations, those.
    citations: Vec<Value>,
    pub(super) thinking: Option<Value>,
    searches: Vec<&'a Value>,
    results: Vec<&'a Value>,
    compactions: Vec<&'a Value>,
    /// Calls of tools of MCP servers, whole: they name the server.
    mcp_calls: Vec<&'a Value>,
    pub(super) server_calls: Vec<Value>,
}

impl<'a> Fields<'a> {
    /// Takes a block that is neither text, nor thinking, nor a call. Unknown ones are in the service's own answer alone.
    pub(super) fn take(&mut self, kind: &str, block: &'a Value) {
        match kind {
            "web_search_tool_result" | "web_fetch_tool_result" => self.searches.push(block),
            "compaction" => self.compactions.push(block),
            "mcp_tool_use" => self.mcp_calls.push(block),
            kind if kind.ends_with("_tool_result") => self.results.push(block),
            _ => {}
        }
    }

    /// <https://platform.claude.com/docs/en/build-with-claude/citations>
    pub(super) fn take_citations(&mut self, block: &Value) {
        let citations = items(block, "citations");
        if citations.is_empty() {
            return;
        }
        let supported = text(block, "/text").unwrap_or_default();
        let citations = citations.iter().map(|citation| {
            let mut citation = citation.clone();
            if let Some(citation) = citation.as_object_mut() {
                put(citation, "supported_text", supported.into());
            }
            citation
        });
        self.citations.push(citations.collect());
    }

    pub(super) fn finish(self, answer: &Value) -> Map<String, Value> {
        let mut fields = Map::new();
        let mut insert = |name: &str, value: Value| {
            if !value.is_null() {
                put(&mut fields, name, value);
            }
        };
        insert("citations", list(self.citations));
        insert("thinking_blocks", self.thinking.unwrap_or_default());
        for name in MEMBERS {
            insert(name, answer.get(name).cloned().unwrap_or_default());
        }
        for (name, blocks) in [
            ("web_search_results", self.searches),
            ("tool_results", self.results),
            ("compaction_blocks", self.compactions),
            ("mcp_tool_calls", self.mcp_calls),
        ] {
            insert(name, list(blocks.into_iter().cloned().collect()));
        }
        insert("server_tool_calls", list(self.server_calls));
        insert("web_search_calls", list(web_search_calls(answer)));
        insert("code_interpreter_results", list(code_interpreter_results(answer)));
        let details = answer.get("stop_details").filter(|details| !details.is_null());
        let reason = text(answer, "/stop_reason").unwrap_or_default();
        if details.is_some() || matches!(reason, "refusal" | "pause_turn") {
            insert("stop_reason", reason.into());
            insert("stop_details", details.cloned().unwrap_or_default());
        }
        fields
    }
}

/// A list; null without an item.
fn list(items: Vec<Value>) -> Value {
    if items.is_empty() {
        Value::Null
    } else {
        items.into()
    }
}
