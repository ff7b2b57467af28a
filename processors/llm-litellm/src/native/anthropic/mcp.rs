//! Servers of MCP: <https://platform.claude.com/docs/en/agents-and-tools/mcp-connector>.

use runtime::ProcessorError;
use serde_json::{Map, Value};

use super::inputs::wrong;
use crate::native::object::{object, put};

const AUTHORIZATION: &str = "Authorization";

/// OpenAI's tool (<https://platform.openai.com/docs/guides/tools-connectors-mcp>) as a server.
///
/// # Errors
///
/// `ERR_INPUTS` with the JSON pointer of what is missing, or cannot be kept: calls that have to be approved, and other headers
/// than the token.
pub(super) fn server(
    tool: &Value,
    pointer: &str,
    changes: &mut Vec<String>,
) -> Result<Value, ProcessorError> {
    let given = |name: &str| tool.get(name).filter(|value| !value.is_null());
    let mut server = Map::new();
    put(&mut server, "type", "url".into());
    for (from, to) in [("server_url", "url"), ("server_label", "name")] {
        let value = given(from).ok_or_else(|| wrong(&format!("{pointer}/{from}"), "is missing"))?;
        put(&mut server, to, value.clone());
    }
    if given("require_approval").is_some_and(|approval| approval != "never") {
        let what = "asks to approve calls, and Anthropic makes them without asking; set it to never, or leave out the tool";
        return Err(wrong(&format!("{pointer}/require_approval"), what));
    }
    if let Some(allowed) = given("allowed_tools") {
        let names = allowed.get("tool_names").unwrap_or(allowed);
        let is_readable = names.is_array() && allowed.get("read_only").is_none_or(|only| only != true);
        if !is_readable {
            let what = "is not a list of names of tools, and Anthropic knows no other choice; give one";
            return Err(wrong(&format!("{pointer}/allowed_tools"), what));
        }
        put(
            &mut server,
            "tool_configuration",
            object([("allowed_tools", names.clone())]),
        );
    }
    let headers = given("headers").and_then(Value::as_object);
    let mut token = given("authorization");
    for (name, value) in headers
        .into_iter()
        .flatten()
        .filter(|(_, value)| !value.is_null())
    {
        if !name.eq_ignore_ascii_case(AUTHORIZATION) {
            let what = "has another header than Authorization, which is all that Anthropic sends to a server; leave it out";
            return Err(wrong(&format!("{pointer}/headers"), what));
        }
        token = Some(value);
    }
    if let Some(token) = token {
        let bare = token.as_str().and_then(|token| token.strip_prefix("Bearer "));
        let token = bare.map_or_else(|| token.clone(), Value::from);
        put(&mut server, "authorization_token", token);
    }
    if given("server_description").is_some() {
        changes.push("tools.server_description left out".to_owned());
    }
    Ok(server.into())
}
