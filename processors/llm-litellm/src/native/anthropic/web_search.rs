//! The search: <https://platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool>.

use runtime::ProcessorError;
use serde_json::{Map, Value};

use super::inputs::wrong;
use crate::native::object::put;

const OPTIONS: &str = "web_search_options";
const PLACE: [&str; 4] = ["city", "region", "country", "timezone"];
/// How many searches a size of OpenAI's stands for, as LiteLLM has it.
const SEARCHES: [(&str, u8); 3] = [("low", 1), ("medium", 5), ("high", 10)];

/// The tool that searches as `web_search_options` want it.
///
/// # Errors
///
/// `ERR_INPUTS` for a size that is none.
pub(super) fn tool(options: &Value, changes: &mut Vec<String>) -> Result<Value, ProcessorError> {
    let mut tool = Map::new();
    put(&mut tool, "type", "web_search_20250305".into());
    put(&mut tool, "name", "web_search".into());
    let options = options.as_object().into_iter().flatten();
    for (name, value) in options.filter(|(_, value)| !value.is_null()) {
        match name.as_str() {
            "user_location" => {
                if let Some(location) = location(value) {
                    put(&mut tool, name, location);
                }
            }
            "search_context_size" => {
                let searches = SEARCHES.iter().find(|(size, _)| value == size);
                let (_, searches) = searches.ok_or_else(|| {
                    wrong(
                        &format!("/params/{OPTIONS}/{name}"),
                        "is none of low, medium and high",
                    )
                })?;
                put(&mut tool, "max_uses", (*searches).into());
            }
            // of the Responses API
            "filters" if domains(value).is_some() => {
                tool.extend(domains(value).into_iter().flatten());
            }
            "max_uses" | "allowed_domains" | "blocked_domains" => {
                put(&mut tool, name, value.clone());
            }
            _ => changes.push(format!("{OPTIONS}.{name} left out")),
        }
    }
    Ok(tool.into())
}

/// A place, in an object of its own as in chat completions or not, as in the Responses API.
fn location(location: &Value) -> Option<Value> {
    let place = location.get("approximate").unwrap_or(location).as_object()?;
    let known = place
        .iter()
        .filter(|(name, value)| PLACE.contains(&name.as_str()) && !value.is_null());
    let mut location = Map::new();
    put(&mut location, "type", "approximate".into());
    location.extend(known.map(|(name, value)| (name.clone(), value.clone())));
    Some(location.into())
}

/// The domains of filters that have nothing else.
fn domains(filters: &Value) -> Option<Map<String, Value>> {
    let filters = filters.as_object()?;
    let mut names = filters.keys();
    let is_known = names.all(|name| matches!(name.as_str(), "allowed_domains" | "blocked_domains"));
    is_known.then(|| filters.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn options_of_either_api_become_a_tool() {
        #[rustfmt::skip]
        let cases = [
            (json!({}), json!({}), ""),
            (json!({"user_location": {"type": "approximate", "country": "CH"}}), json!({"user_location": {"type": "approximate", "country": "CH"}}), ""),
            (json!({"user_location": null, "max_uses": 3}), json!({"max_uses": 3}), ""),
            (json!({"filters": {"allowed_domains": ["a.ch"]}}), json!({"allowed_domains": ["a.ch"]}), ""),
            (json!({"filters": {"x": 1}, "y": 2}), json!({}), "web_search_options.filters left out; web_search_options.y left out"),
        ];
        for (options, expected, expected_changes) in cases {
            let mut changes = Vec::new();
            let mut found = tool(&options, &mut changes).unwrap();
            let members = found.as_object_mut().unwrap();
            members.retain(|name, _| !matches!(name.as_str(), "type" | "name"));
            assert_eq!(found, expected, "{options}");
            assert_eq!(changes.join("; "), expected_changes, "{options}");
        }
    }
}
