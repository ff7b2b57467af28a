//! Claude's own tools, which the caller runs: computer, shell, and editor
//! (<https://docs.aws.amazon.com/bedrock/latest/userguide/computer-use.html>).

use serde_json::{Map, Value};

/// The beginnings of the tools' types, and their names by default.
const TOOLS: [(&str, &str); 3] = [
    ("computer_", "computer"),
    ("bash_", "bash"),
    ("text_editor_", "str_replace_editor"),
];

/// The ends of the tools' types, and the features that allow them
/// (<https://platform.claude.com/docs/en/agents-and-tools/tool-use/computer-use-tool>).
const BETAS: [(&str, &str); 2] = [
    ("_20241022", "computer-use-2024-10-22"),
    ("_20251124", "computer-use-2025-11-24"),
];
const OTHER_BETA: &str = "computer-use-2025-01-24";

/// The tool as Claude has it, and the feature that allows it; `None` for any other tool.
pub(super) fn tool(tool: &Value) -> Option<(Value, &'static str)> {
    let kind = tool.get("type")?.as_str()?;
    let (_, name) = TOOLS.iter().find(|(start, _)| kind.starts_with(start))?;
    let own = match tool.get("function") {
        Some(function) => {
            let mut own = Map::new();
            own.insert("type".to_owned(), kind.into());
            let given = function.get("name").cloned();
            own.insert("name".to_owned(), given.unwrap_or_else(|| (*name).into()));
            let parameters = function.get("parameters").and_then(Value::as_object);
            own.extend(parameters.cloned().unwrap_or_default());
            own
        }
        None => {
            let mut own = tool.as_object()?.clone();
            own.entry("name").or_insert_with(|| (*name).into());
            own
        }
    };
    let beta = BETAS.iter().find(|(end, _)| kind.ends_with(end));
    Some((own.into(), beta.map_or(OTHER_BETA, |(_, beta)| beta)))
}
