//! The OpenAPI schema of a model's version, as far as it describes input and output
//! (<https://replicate.com/docs/reference/openapi>).

mod check;
#[cfg(fuzzing)]
#[path = "../../../fuzz/hooks/schema.rs"]
pub(crate) mod fuzzing;
mod suggestion;

use runtime::http::{Members, member};
use serde_json::Value;

use crate::reference::is_version;

/// A value that more subschemas apply to is treated as undescribed.
const MAX_SUBSCHEMAS: usize = 32;

/// What a schema declares a string to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StringType {
    /// A string of the format `uri`.
    File,
    Text,
    /// Neither, or both.
    Unknown,
}

/// The whole document; the default describes nothing.
#[derive(Debug, Default)]
pub(crate) struct Schema(Value);

/// The subschemas that apply to one value.
#[derive(Debug)]
pub(crate) struct Subschemas<'a>(pub(crate) Vec<&'a Value>);

/// The id of the latest version, in the description of a model.
pub(crate) fn latest_version(body: &[u8]) -> Option<String> {
    let members: Members<'_> = serde_json::from_slice(body).ok()?;
    let version: Members<'_> = member(&members, "latest_version")?;
    member(&version, "id").filter(|id: &String| is_version(id))
}

impl Schema {
    /// Reads the description of a version, or of a model with its latest version.
    pub(crate) fn parse(body: &[u8], is_version: bool) -> Option<Self> {
        let mut version: Members<'_> = serde_json::from_slice(body).ok()?;
        if !is_version {
            version = member(&version, "latest_version")?;
        }
        member(&version, "openapi_schema").map(Self)
    }

    #[cfg(test)]
    pub(crate) const fn from_document(document: Value) -> Self {
        Self(document)
    }

    /// Those of the whole output.
    pub(crate) fn output(&self) -> Subschemas<'_> {
        self.resolve(self.0.pointer("/components/schemas/Output"))
    }

    /// Whether the output is one text that comes in chunks (<https://cog.run/python/#concatenateiterator>).
    pub(crate) fn is_concatenated(&self) -> bool {
        let Subschemas(output) = self.output();
        let mut displays = output
            .iter()
            .filter_map(|schema| schema.get("x-cog-array-display"));
        displays.any(|display| display == "concatenate")
    }

    /// Those of the items of a list.
    pub(crate) fn items<'a>(&'a self, list: &Subschemas<'a>) -> Subschemas<'a> {
        self.resolve(list.0.iter().filter_map(|schema| schema.get("items")))
    }

    /// Those of a member of an object.
    pub(crate) fn member<'a>(&'a self, object: &Subschemas<'a>, name: &str) -> Subschemas<'a> {
        self.resolve(object.0.iter().filter_map(|schema| {
            let own = schema.get("properties").and_then(|own| own.get(name));
            own.or_else(|| schema.get("additionalProperties"))
        }))
    }

    /// These schemas with all that they refer to or combine; each once, as references may be circular.
    fn resolve<'a>(&'a self, schemas: impl IntoIterator<Item = &'a Value>) -> Subschemas<'a> {
        let mut resolved: Vec<&Value> = Vec::new();
        let mut queue: Vec<&Value> = schemas.into_iter().collect();
        while let Some(schema) = queue.pop() {
            if resolved.iter().any(|known| std::ptr::eq(*known, schema)) {
                continue;
            }
            resolved.push(schema);
            queue.extend(self.target(schema));
            let combined = ["allOf", "anyOf", "oneOf"].map(|key| branches(schema, key));
            queue.extend(combined.into_iter().flatten().take(MAX_SUBSCHEMAS + 1));
            if resolved.len() + queue.len() > MAX_SUBSCHEMAS {
                return Subschemas(Vec::new());
            }
        }
        Subschemas(resolved)
    }

    /// What a `$ref` refers to.
    fn target<'a>(&'a self, schema: &Value) -> Option<&'a Value> {
        let target = schema.get("$ref")?.as_str()?;
        self.0.pointer(target.strip_prefix('#')?)
    }
}

impl Subschemas<'_> {
    /// What they declare a string to be.
    pub(crate) fn string_type(&self) -> StringType {
        let strings = self.0.iter().filter(|schema| types(schema).contains(&"string"));
        let are_files: Vec<bool> = strings.map(|schema| is_file(schema)).collect();
        match (are_files.contains(&true), are_files.contains(&false)) {
            (true, false) => StringType::File,
            (false, true) => StringType::Text,
            _ => StringType::Unknown,
        }
    }
}

fn branches<'a>(schema: &'a Value, key: &str) -> &'a [Value] {
    let branches = schema.get(key).and_then(Value::as_array);
    branches.map_or(&[], Vec::as_slice)
}

/// The types that a schema allows; empty if it allows any.
fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn is_file(schema: &Value) -> bool {
    schema.get("format").is_some_and(|format| format == "uri")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What a schema declares the string at this path to be; `[]` stands for an item.
    fn string_type(output: Value, path: &[&str]) -> StringType {
        let file = json!({"type": "string", "format": "uri"});
        let schemas = json!({"Output": output, "File": file, "Loop": {"$ref": "#/components/schemas/Loop"}});
        let schema = Schema(json!({"components": {"schemas": schemas}}));
        let found = path.iter().fold(schema.output(), |at, step| match *step {
            "[]" => schema.items(&at),
            name => schema.member(&at, name),
        });
        found.string_type()
    }

    #[test]
    fn files_and_texts_are_distinguished_everywhere() {
        let file = json!({"type": "string", "format": "uri"});
        let text = json!({"type": "string"});
        #[rustfmt::skip]
        let cases = [
            (file.clone(), vec![], StringType::File),
            (text.clone(), vec![], StringType::Text),
            (json!({"type": "array", "items": file}), vec!["[]"], StringType::File),
            (json!({"type": "array", "items": text, "x-cog-array-type": "iterator"}), vec!["[]"], StringType::Text),
            (json!({"$ref": "#/components/schemas/File"}), vec![], StringType::File),
            (json!({"allOf": [{"$ref": "#/components/schemas/File"}], "nullable": true}), vec![], StringType::File),
            (json!({"anyOf": [file, {"type": "null"}]}), vec![], StringType::File),
            (json!({"anyOf": [file, text]}), vec![], StringType::Unknown),
            (json!({"type": ["string", "null"], "format": "uri"}), vec![], StringType::File),
            (json!({"type": "object", "properties": {"a": {"items": file}, "b": text}}), vec!["a", "[]"], StringType::File),
            (json!({"type": "object", "properties": {"a": file, "b": text}}), vec!["b"], StringType::Text),
            (json!({"additionalProperties": file}), vec!["x"], StringType::File),
            (json!({"additionalProperties": true}), vec!["x"], StringType::Unknown),
            (json!({"type": "object"}), vec!["x"], StringType::Unknown),
            (json!({"type": "array", "items": {}}), vec!["[]"], StringType::Unknown),
            (json!({"title": "Output"}), vec![], StringType::Unknown),
            (json!({"$ref": "#/components/schemas/Loop"}), vec![], StringType::Unknown),
            (json!({"$ref": "other.json"}), vec![], StringType::Unknown),
            (json!({"anyOf": vec![file.clone(); 100]}), vec![], StringType::Unknown),
        ];
        for (schema, path, expected) in cases {
            assert_eq!(string_type(schema.clone(), &path), expected, "{schema}");
        }
        assert_eq!(Schema::default().output().string_type(), StringType::Unknown);
        let itself = json!({"$ref": "#/components/schemas/Output"});
        assert_eq!(
            string_type(json!({"anyOf": [itself, itself]}), &[]),
            StringType::Unknown
        );
        let nested = json!({"anyOf": [file, {"type": "array", "items": itself}]});
        assert_eq!(string_type(nested, &["[]", "[]", "[]"]), StringType::File);
    }

    #[test]
    fn texts_in_chunks_are_distinguished_from_lists_of_texts() {
        let list = |more: Value| {
            let mut list =
                json!({"type": "array", "items": {"type": "string"}, "x-cog-array-type": "iterator"});
            list.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            list
        };
        let chunks = list(json!({"x-cog-array-display": "concatenate"}));
        let other = json!({"$ref": "#/components/schemas/Other"});
        for (output, expected) in [
            (chunks.clone(), true),
            (other.clone(), true),
            (json!({"allOf": [other], "nullable": true}), true),
            (list(json!({})), false),
            (list(json!({"x-cog-array-display": "other"})), false),
            (json!({"type": "array", "items": chunks}), false),
        ] {
            let schemas = json!({"Output": output, "Other": chunks});
            let schema = Schema(json!({"components": {"schemas": schemas}}));
            assert_eq!(schema.is_concatenated(), expected, "{schema:?}");
        }
        assert!(!Schema::default().is_concatenated());
    }

    #[test]
    fn a_latest_version_has_an_id() {
        let hex = "0123456789abcdef".repeat(4);
        let body = format!(r#"{{"latest_version":{{"id":"{hex}"}}}}"#);
        assert_eq!(latest_version(body.as_bytes()), Some(hex));
        for body in [
            "",
            "{}",
            r#"{"latest_version":null}"#,
            r#"{"latest_version":{"id":"hidden"}}"#,
        ] {
            assert_eq!(latest_version(body.as_bytes()), None);
        }
    }
}
