//! Whether an answer is what its JSON schema asks for. The answer itself is never changed.

mod reach;

use std::error::Error;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use boon::{CompileError, Compiler, SchemaIndex, Schemas, UrlLoader};
use runtime::http::{Members, member};
use serde_json::{Map, Value};

/// The address of the schema, for references in it. Nothing is there, and nothing is fetched.
const ADDRESS: &str = "urn:counterfoil:schema";
/// A larger schema is not looked at, in bytes.
const LARGEST_SCHEMA: usize = 1024 * 1024;
/// Nor one that comes to more subschemas where its references are followed.
const LARGEST_REACH: u64 = 100_000;
/// Some schemas take for ever.
const LONGEST_CHECK: Duration = Duration::from_secs(1);
/// For references that lead to themselves as deep as JSON can be nested, in bytes.
const STACK: usize = 64 * 1024 * 1024;

/// The schema that the parameters give: OpenAI's `json_schema`, or `schema` itself, as some services have it
/// (<https://platform.openai.com/docs/api-reference/chat/create#chat_create-response_format>).
pub(crate) fn schema(params: &Map<String, Value>) -> Option<Value> {
    let format = params.get("response_format")?;
    let schema = format
        .pointer("/json_schema/schema")
        .or_else(|| format.get("schema"));
    schema.filter(|schema| !schema.is_null()).cloned()
}

/// What is told of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// The content of each choice is JSON and valid.
    Valid,
    /// It cannot be told: the schema cannot be used, or takes too long, or a choice calls tools and has no content.
    Unknown,
    /// At least one is not, or there is none.
    Invalid,
}

impl Verdict {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "true",
            Self::Unknown => "unknown",
            Self::Invalid => "false",
        }
    }
}

/// Checks the content of each choice of a completion. The default draft is 2020-12, and `format` is no assertion in it.
///
/// It takes at most a second, and not beyond the deadline: a thread of its own is left behind then, and the process ends soon.
pub(crate) fn check(schema: Value, completion: &[u8], deadline: Option<Instant>) -> Verdict {
    let contents = contents(completion);
    let (sender, receiver) = mpsc::channel();
    let started = Instant::now();
    let thread = thread::Builder::new().stack_size(STACK).spawn(move || {
        let _ = sender.send(verdict(schema, &contents)); // nobody may be waiting any more
    });
    let left = deadline.map_or(LONGEST_CHECK, |deadline| {
        deadline.saturating_duration_since(started)
    });
    let verdict = thread
        .ok()
        .and_then(|_| receiver.recv_timeout(left.min(LONGEST_CHECK)).ok())
        .unwrap_or(Err("it takes too long"));
    let ms = started.elapsed().as_millis();
    match verdict {
        Ok(verdict) => {
            tracing::info!(schema_valid = verdict.as_str(), ms, "schema_checked");
            verdict
        }
        Err(reason) => {
            tracing::warn!(reason, ms, "schema_not_usable");
            Verdict::Unknown
        }
    }
}

/// What a choice says.
#[derive(Debug)]
enum Content {
    Text(String),
    /// Calls of tools in its place.
    Calls,
    Nothing,
}

fn contents(completion: &[u8]) -> Vec<Content> {
    let members: Members<'_> = serde_json::from_slice(completion).unwrap_or_default();
    let choices: Vec<Members<'_>> = member(&members, "choices").unwrap_or_default();
    let content = |choice: &Members<'_>| {
        let message: Members<'_> = member(choice, "message").unwrap_or_default();
        match member::<String>(&message, "content") {
            Some(text) if !text.is_empty() => Content::Text(text),
            _ if message
                .get("tool_calls")
                .is_some_and(|calls| calls.get().len() > 4) =>
            {
                Content::Calls
            }
            _ => Content::Nothing,
        }
    };
    choices.iter().map(content).collect()
}

fn verdict(schema: Value, contents: &[Content]) -> Result<Verdict, &'static str> {
    let mut schemas = Schemas::new();
    let index = compile(schema, &mut schemas)?;
    let verdicts = contents.iter().map(|content| match content {
        Content::Text(text) => match serde_json::from_str(text) {
            Ok(json) if schemas.validate(&json, index).is_ok() => Verdict::Valid,
            Ok(_) | Err(_) => Verdict::Invalid,
        },
        Content::Calls => Verdict::Unknown,
        Content::Nothing => Verdict::Invalid,
    });
    Ok(verdicts.max().unwrap_or(Verdict::Invalid))
}

fn compile(schema: Value, schemas: &mut Schemas) -> Result<SchemaIndex, &'static str> {
    if schema.to_string().len() > LARGEST_SCHEMA {
        return Err("it is larger than 1 MiB");
    }
    if reach::of(&schema) > LARGEST_REACH {
        return Err("its references multiply");
    }
    let mut compiler = Compiler::new();
    compiler.use_loader(Box::new(Nothing));
    compiler.add_resource(ADDRESS, schema).map_err(unusable)?;
    compiler.compile(ADDRESS, schemas).map_err(unusable)
}

fn unusable(error: CompileError) -> &'static str {
    match error {
        CompileError::LoadUrlError { .. } | CompileError::UnsupportedUrlScheme { .. } => {
            "it refers to another document"
        }
        CompileError::UnsupportedDraft { .. } => "its draft is not known",
        _ => "it is no JSON schema",
    }
}

/// Loads nothing from nowhere.
struct Nothing;

impl UrlLoader for Nothing {
    fn load(&self, _: &str) -> Result<Value, Box<dyn Error>> {
        Err("nothing is fetched".into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(schema: Value, contents: &[&str]) -> Verdict {
        let choices: Vec<_> = contents
            .iter()
            .map(|content| json!({"message": {"content": content}}))
            .collect();
        check(schema, json!({"choices": choices}).to_string().as_bytes(), None)
    }

    fn person() -> Value {
        json!({
            "type": "object", "required": ["name"], "additionalProperties": false,
            "properties": {"name": {"type": "string", "pattern": "^[A-Z]"}, "boss": {"$ref": "#"}},
        })
    }

    #[test]
    fn contents_are_valid_or_not() {
        for (contents, verdict) in [
            (vec![r#"{"name":"Ada"}"#], Verdict::Valid),
            (vec![r#" {"name":"Ada","boss":{"name":"Bob"}} "#], Verdict::Valid),
            (vec![r#"{"name":"Ada","boss":{"name":"bob"}}"#], Verdict::Invalid),
            (vec![r#"{"name":"Ada"}"#, r#"{"name":7}"#], Verdict::Invalid),
            (vec!["Ada"], Verdict::Invalid),
            (vec!["```json\n{\"name\":\"Ada\"}\n```"], Verdict::Invalid),
            (vec![r#"{"name":"Ad"#], Verdict::Invalid),
            (vec![""], Verdict::Invalid),
            (vec![], Verdict::Invalid),
        ] {
            assert_eq!(of(person(), &contents), verdict, "{contents:?}");
        }
    }

    #[test]
    fn what_is_no_content() {
        for (message, verdict) in [
            (json!({"content": null, "refusal": "no"}), Verdict::Invalid),
            (
                json!({"content": null, "tool_calls": [{"id": "1"}]}),
                Verdict::Unknown,
            ),
            (json!({"content": null, "tool_calls": []}), Verdict::Invalid),
            (json!({"content": [{"type": "text"}]}), Verdict::Invalid),
            (json!(null), Verdict::Invalid),
        ] {
            let body = json!({"choices": [{"message": message}]}).to_string();
            assert_eq!(check(person(), body.as_bytes(), None), verdict, "{body}");
        }
    }

    #[test]
    fn schemas_that_cannot_be_used() {
        let large = json!({"description": "x".repeat(LARGEST_SCHEMA)});
        for schema in [
            json!({"type": 7}),
            json!("x"),
            json!({"pattern": "("}),
            json!({"$ref": "https://example.com/schema.json"}),
            json!({"$ref": "file:///etc/passwd"}),
            json!({"$ref": "#/$defs/none"}),
            json!({"$schema": "https://example.com/draft"}),
            large,
        ] {
            assert_eq!(of(schema.clone(), &["{}"]), Verdict::Unknown, "{schema:.80}");
        }
        let draft_7 = json!({"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"a": {"const": 1}}, "$ref": "#/definitions/a"});
        assert_eq!(of(draft_7.clone(), &["1"]), Verdict::Valid);
        assert_eq!(of(draft_7, &["2"]), Verdict::Invalid);
    }

    #[test]
    fn hostile_schemas_end() {
        let mut defs = Map::new();
        for n in 0..64 {
            let next = json!({"$ref": format!("#/$defs/d{}", n + 1)});
            defs.insert(format!("d{n}"), json!({"allOf": [next, next]}));
        }
        for last in [json!(true), json!(false)] {
            defs.insert("d64".to_owned(), last);
            let doubling = json!({"$defs": defs, "$ref": "#/$defs/d0"});
            assert_eq!(of(doubling, &["1"]), Verdict::Unknown);
        }
        let branch = json!({"properties": {"a": {"$ref": "#"}}});
        let doubled_by_the_answer = json!({"allOf": [branch, branch], "required": ["b"]});
        let deep = format!("{}1{}", r#"{"a":"#.repeat(100), "}".repeat(100));
        let started = Instant::now();
        assert_eq!(of(doubled_by_the_answer, &[&deep]), Verdict::Unknown);
        assert!(started.elapsed() < LONGEST_CHECK * 10, "it hangs");
        let itself = json!({"$ref": "#"});
        assert_ne!(of(itself, &["1"]), Verdict::Valid);
        let nested = json!({"type": "array", "items": {"$ref": "#"}});
        let deep = format!("{}{}", "[".repeat(120), "]".repeat(120));
        assert_eq!(of(nested, &[&deep]), Verdict::Valid);
        let counted = json!({"pattern": "(a{1000}){1000}"});
        assert_eq!(of(counted, &[r#""a""#]), Verdict::Unknown);
    }

    #[test]
    fn where_a_schema_stands() {
        for (format, found) in [
            (
                json!({"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}}),
                true,
            ),
            (json!({"type": "json_object", "schema": {"type": "object"}}), true),
            (json!({"type": "json_object"}), false),
            (
                json!({"type": "json_schema", "json_schema": {"schema": null}}),
                false,
            ),
            (json!("text"), false),
            (json!(null), false),
        ] {
            let params = Map::from_iter([("response_format".to_owned(), format.clone())]);
            assert_eq!(schema(&params).is_some(), found, "{format}");
        }
    }
}
