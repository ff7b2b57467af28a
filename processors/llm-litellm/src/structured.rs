//! Whether an answer is valid against the JSON schema of its request. The answer itself is never changed.

mod reach;

use std::error::Error;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use boon::{CompileError, Compiler, SchemaIndex, Schemas, UrlLoader};
use runtime::http::{Members, member};
use serde_json::{Map, Value};

/// The address of the schema, for references in it.
const ADDRESS: &str = "urn:counterfoil:schema";
/// A larger schema is not checked, in bytes.
const LARGEST_SCHEMA: usize = 1024 * 1024;
/// A schema with more subschemas than this, all references followed, is not checked.
const LARGEST_REACH: u64 = 100_000;
/// Some schemas take forever.
const LONGEST_CHECK: Duration = Duration::from_secs(1);
/// Enough for recursive references as deep as JSON can be nested, in bytes.
const STACK: usize = 64 * 1024 * 1024;

/// The schema in the parameters: OpenAI's `json_schema`, or `schema` itself at some services
/// (<https://platform.openai.com/docs/api-reference/chat/create#chat_create-response_format>).
pub(crate) fn schema(params: &Map<String, Value>) -> Option<Value> {
    let format = params.get("response_format")?;
    let schema = format
        .pointer("/json_schema/schema")
        .or_else(|| format.get("schema"));
    schema.filter(|schema| !schema.is_null()).cloned()
}

/// The result of a check, ordered from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// The content of each choice is JSON and valid.
    Valid,
    /// Undecided: the schema cannot be used or takes too long, or a choice calls tools and has no content.
    Unknown,
    /// A content is not valid, or there is none.
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

/// Checks the content of each choice of a completion. The default draft is 2020-12, without assertions for `format`.
///
/// It takes at most a second, and never passes the deadline: its thread is left behind then, as the process ends soon.
pub(crate) fn check(schema: Value, completion: &[u8], deadline: Option<Instant>) -> Verdict {
    let contents = contents(completion);
    let (sender, receiver) = mpsc::channel();
    let started = Instant::now();
    let thread = thread::Builder::new().stack_size(STACK).spawn(move || {
        let _ = sender.send(verdict(schema, &contents)); // the receiver may have given up
    });
    let left = deadline.map(|deadline| deadline.saturating_duration_since(started));
    let timeout = left.map_or(LONGEST_CHECK, |left| left.min(LONGEST_CHECK));
    let verdict = thread
        .ok()
        .and_then(|_| receiver.recv_timeout(timeout).ok())
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

/// The content of a choice.
#[derive(Debug)]
enum Content {
    Text(String),
    /// Tool calls instead of a content.
    Calls,
    Nothing,
}

fn contents(completion: &[u8]) -> Vec<Content> {
    let members: Members<'_> = serde_json::from_slice(completion).unwrap_or_default();
    let choices: Vec<Members<'_>> = member(&members, "choices").unwrap_or_default();
    let content = |choice: &Members<'_>| {
        let message: Members<'_> = member(choice, "message").unwrap_or_default();
        let calls = message.get("tool_calls").map(|calls| calls.get());
        match member::<String>(&message, "content") {
            Some(text) if !text.is_empty() => Content::Text(text),
            _ if calls.is_some_and(|calls| calls.len() > "null".len()) => Content::Calls,
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
    if reach::count(&schema) > LARGEST_REACH {
        return Err("its references multiply");
    }
    let mut compiler = Compiler::new();
    compiler.use_loader(Box::new(NoLoader));
    compiler.add_resource(ADDRESS, schema).map_err(unusable)?;
    compiler.compile(ADDRESS, schemas).map_err(unusable)
}

fn unusable(error: CompileError) -> &'static str {
    match error {
        CompileError::LoadUrlError { .. } | CompileError::UnsupportedUrlScheme { .. } => {
            "it refers to another document"
        }
        CompileError::UnsupportedDraft { .. } => "its draft is unknown",
        _ => "it is not a JSON schema",
    }
}

/// Refuses to fetch any document.
struct NoLoader;

impl UrlLoader for NoLoader {
    fn load(&self, _: &str) -> Result<Value, Box<dyn Error>> {
        Err("nothing is fetched".into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Verdict::{Invalid, Unknown, Valid};
    use super::*;

    fn verdict_on(schema: Value, contents: &[&str]) -> Verdict {
        let choices = contents
            .iter()
            .map(|content| json!({"message": {"content": content}}));
        let completion = json!({"choices": choices.collect::<Vec<_>>()}).to_string();
        check(schema, completion.as_bytes(), None)
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
            (vec![r#"{"name":"Ada"}"#], Valid),
            (vec![r#" {"name":"Ada","boss":{"name":"Bob"}} "#], Valid),
            (vec![r#"{"name":"Ada","boss":{"name":"bob"}}"#], Invalid),
            (vec![r#"{"name":"Ada"}"#, r#"{"name":7}"#], Invalid),
            (vec!["Ada"], Invalid),
            (vec!["```json\n{\"name\":\"Ada\"}\n```"], Invalid),
            (vec![r#"{"name":"Ad"#], Invalid),
            (vec![""], Invalid),
            (vec![], Invalid),
        ] {
            assert_eq!(verdict_on(person(), &contents), verdict, "{contents:?}");
        }
    }

    #[test]
    fn messages_without_a_text() {
        for (message, verdict) in [
            (json!({"content": null, "refusal": "no"}), Invalid),
            (json!({"content": null, "tool_calls": [{"id": "1"}]}), Unknown),
            (json!({"content": null, "tool_calls": []}), Invalid),
            (json!({"content": [{"type": "text"}]}), Invalid),
            (json!(null), Invalid),
        ] {
            let body = json!({"choices": [{"message": message}]}).to_string();
            assert_eq!(check(person(), body.as_bytes(), None), verdict, "{body}");
        }
    }

    #[test]
    fn unusable_schemas() {
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
            assert_eq!(verdict_on(schema.clone(), &["{}"]), Unknown, "{schema:.80}");
        }
        let draft_7 = json!({"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"a": {"const": 1}}, "$ref": "#/definitions/a"});
        assert_eq!(verdict_on(draft_7.clone(), &["1"]), Valid);
        assert_eq!(verdict_on(draft_7, &["2"]), Invalid);
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
            assert_eq!(verdict_on(doubling, &["1"]), Unknown);
        }
        let branch = json!({"properties": {"a": {"$ref": "#"}}});
        let doubled_by_the_answer = json!({"allOf": [branch, branch], "required": ["b"]});
        let deep = format!("{}1{}", r#"{"a":"#.repeat(100), "}".repeat(100));
        let started = Instant::now();
        assert_eq!(verdict_on(doubled_by_the_answer, &[&deep]), Unknown);
        assert!(started.elapsed() < LONGEST_CHECK * 10, "it hangs");
        let itself = json!({"$ref": "#"});
        assert_ne!(verdict_on(itself, &["1"]), Valid);
        let nested = json!({"type": "array", "items": {"$ref": "#"}});
        let deep = format!("{}{}", "[".repeat(120), "]".repeat(120));
        assert_eq!(verdict_on(nested, &[&deep]), Valid);
        let counted = json!({"pattern": "(a{1000}){1000}"});
        assert_eq!(verdict_on(counted, &[r#""a""#]), Unknown);
    }

    #[test]
    fn schemas_are_found() {
        for (format, found) in [
            (
                json!({"json_schema": {"name": "n", "schema": {"type": "object"}}}),
                true,
            ),
            (json!({"type": "json_object", "schema": {"type": "object"}}), true),
            (json!({"type": "json_object"}), false),
            (json!({"json_schema": {"schema": null}}), false),
            (json!("text"), false),
            (json!(null), false),
        ] {
            let params = Map::from_iter([("response_format".to_owned(), format.clone())]);
            assert_eq!(schema(&params).is_some(), found, "{format}");
        }
    }
}
