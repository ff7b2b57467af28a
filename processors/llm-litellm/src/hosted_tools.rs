//! What an answer says of tools that ran at the service, which may charge for them.

use runtime::http::Members;
use serde_json::Value;
use serde_json::value::RawValue;

/// The tools that an answer reports outside of its usage.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct HostedTools {
    /// Whether it cites pages, as after a web search
    /// (<https://platform.openai.com/docs/guides/tools-web-search?api-mode=chat>).
    pub(crate) has_citations: bool,
    /// How often Groq's browser searched, and opened a page (<https://console.groq.com/docs/browser-search>).
    pub(crate) searches: u32,
    pub(crate) opened_pages: u32,
    /// Whether another tool ran.
    pub(crate) has_others: bool,
}

impl HostedTools {
    /// Reads the messages of a chat completion.
    pub(crate) fn parse(answer: &Members<'_>) -> Self {
        let mut tools = Self::default();
        let text = |name: &str| answer.get(name).map(|raw| RawValue::get(raw));
        let choices = text("choices").unwrap_or_default();
        // most answers have neither, and they may be long
        if !choices.contains("\"annotations\"") && !choices.contains("\"executed_tools\"") {
            return tools;
        }
        let choices: Vec<Value> = serde_json::from_str(choices).unwrap_or_default();
        for message in choices.iter().filter_map(|choice| choice.get("message")) {
            for annotation in list(message, "annotations") {
                match annotation.get("type").and_then(Value::as_str) {
                    Some("url_citation") => tools.has_citations = true,
                    Some("file_citation") => tools.has_others = true,
                    _ => {}
                }
            }
            for tool in list(message, "executed_tools") {
                tools.add_executed(tool);
            }
        }
        tools
    }

    fn add_executed(&mut self, tool: &Value) {
        let name = ["name", "type"]
            .iter()
            .find_map(|member| tool.get(*member)?.as_str());
        match name {
            Some("browser.search" | "browser_search") => self.searches += 1,
            Some("browser.open") => self.opened_pages += 1,
            Some("browser.find") => {}
            _ => self.has_others = true,
        }
    }
}

fn list<'a>(message: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    message.get(name).and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_of_messages() {
        let citing = HostedTools {
            has_citations: true,
            ..HostedTools::default()
        };
        let other = HostedTools {
            has_others: true,
            ..HostedTools::default()
        };
        let browsing = HostedTools {
            searches: 2,
            opened_pages: 1,
            ..HostedTools::default()
        };
        for (message, expected) in [
            (r#"{"content":"\"annotations\""}"#, HostedTools::default()),
            (r#"{"annotations":null}"#, HostedTools::default()),
            (r#"{"annotations":[{"type":"url_citation"}]}"#, citing),
            (r#"{"annotations":[{"type":"file_citation"}]}"#, other),
            (
                r#"{"executed_tools":[{"type":"browser.search"},{"type":"browser_search","name":null},
                    {"type":"function","name":"browser.open"},{"type":"browser.find"}]}"#,
                browsing,
            ),
            (r#"{"executed_tools":[{"type":"python"}]}"#, other),
        ] {
            let answer = format!(r#"{{"choices":[{{"message":{message}}}]}}"#);
            let members = serde_json::from_str(&answer).unwrap();
            assert_eq!(HostedTools::parse(&members), expected, "{message}");
        }
        assert_eq!(HostedTools::parse(&Members::default()), HostedTools::default());
    }
}
