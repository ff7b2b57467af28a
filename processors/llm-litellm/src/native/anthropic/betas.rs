//! Features that a header has to ask for: <https://platform.claude.com/docs/en/api/beta-headers>.

use reqwest::header::{HeaderName, HeaderValue};
use serde_json::{Map, Value};

use super::claude::{Claude, Thinking};
use super::inputs::{items, text};
use super::service::Service;

pub(super) const BETA: HeaderName = HeaderName::from_static("anthropic-beta");

const CODE_UPLOADS: &str = "code-execution-2025-05-22";
const CONTEXT_MANAGEMENT: &str = "context-management-2025-06-27";
const TOOL_USE: &str = "advanced-tool-use-2025-11-20";
const STRUCTURED_OUTPUTS: &str = "structured-outputs-2025-11-13";

/// The beginnings of tools' types, and what they need.
const TOOLS: [(&str, &str); 8] = [
    ("computer_20241022", "computer-use-2024-10-22"),
    ("computer_20250124", "computer-use-2025-01-24"),
    ("computer_20251124", "computer-use-2025-11-24"),
    ("code_execution_20250825", "code-execution-2025-08-25"),
    ("web_fetch", "web-fetch-2025-09-10"),
    ("memory", CONTEXT_MANAGEMENT),
    ("tool_search_tool", TOOL_USE),
    ("advisor", "advisor-tool-2026-03-01"),
];

/// The value of the header for this body, if it needs one.
pub(super) fn header(body: &Map<String, Value>, model: Claude, service: Service) -> Option<HeaderValue> {
    let mut betas = Vec::new();
    let list = |name: &str| body.get(name).and_then(Value::as_array).into_iter().flatten();
    list("tools").for_each(|tool| of_tool(tool, &mut betas));
    list("messages").for_each(|message| of_message(message, &mut betas));
    let member = |pointer: &str| {
        let (name, rest) = pointer.split_once('/').unwrap_or((pointer, ""));
        let value = body.get(name).filter(|value| !value.is_null())?;
        if rest.is_empty() {
            Some(value)
        } else {
            value.get(rest)
        }
    };
    if list("mcp_servers").next().is_some() {
        let mut kinds = list("tools").filter_map(|tool| text(tool, "/type"));
        betas.push(if kinds.any(|kind| kind == "mcp_toolset") {
            "mcp-client-2025-11-20"
        } else {
            "mcp-client-2025-04-04"
        });
    }
    if member("output_format")
        .or(member("output_config/format"))
        .is_some()
    {
        betas.push(STRUCTURED_OUTPUTS);
    }
    if member("output_config/effort").is_some() && model.thinking() == Thinking::Budget {
        betas.push("effort-2025-11-24");
    }
    if member("speed").is_some_and(|speed| speed == "fast") {
        betas.push("fast-mode-2026-02-01");
    }
    if member("container/skills").is_some() {
        betas.push("skills-2025-10-02");
    }
    if member("thinking/display").is_some_and(|display| display == "updates") {
        betas.push("thinking-display-updates-2026-08-18");
    }
    if member("thinking/block_binding").is_some() {
        betas.push("thinking-binding-controls-2026-08-01");
    }
    for edit in member("context_management").map_or(&[][..], |management| items(management, "edits")) {
        betas.push(match text(edit, "/type") {
            Some("compact_20260112") => "compact-2026-01-12",
            _ => CONTEXT_MANAGEMENT,
        });
    }
    if service == Service::Vertex {
        at_vertex(body, &mut betas);
    }
    betas.sort_unstable();
    betas.dedup();
    if betas.is_empty() {
        return None;
    }
    HeaderValue::from_str(&betas.join(",")).ok()
}

/// Vertex AI has structured outputs without a header, and asks for one for searches.
fn at_vertex(body: &Map<String, Value>, betas: &mut Vec<&'static str>) {
    betas.retain(|beta| *beta != STRUCTURED_OUTPUTS);
    let tools = body.get("tools").and_then(Value::as_array).into_iter().flatten();
    for kind in tools.filter_map(|tool| text(tool, "/type")) {
        if kind.starts_with("web_search") {
            betas.push("web-search-2025-03-05");
        } else if kind.starts_with("tool_search_tool") {
            betas.push("tool-search-tool-2025-10-19");
        }
    }
}

fn of_tool(tool: &Value, betas: &mut Vec<&'static str>) {
    let kind = text(tool, "/type").unwrap_or_default();
    let known = TOOLS.iter().filter(|(start, _)| kind.starts_with(start));
    betas.extend(known.map(|(_, beta)| beta));
    let is_called_by_code = items(tool, "allowed_callers")
        .iter()
        .any(|caller| caller == "code_execution_20250825");
    if is_called_by_code || !items(tool, "input_examples").is_empty() {
        betas.push(TOOL_USE);
    }
    if tool.get("strict") == Some(&Value::Bool(true)) {
        betas.push(STRUCTURED_OUTPUTS);
    }
}

/// Files of the Files API.
fn of_message(message: &Value, betas: &mut Vec<&'static str>) {
    for block in items(message, "content") {
        let is_file = |block: &Value| {
            text(block, "/source/type") == Some("file") || text(block, "/type") == Some("container_upload")
        };
        if is_file(block) || items(block, "content").iter().any(is_file) {
            betas.extend(["files-api-2025-04-14", CODE_UPLOADS]);
        }
    }
}
