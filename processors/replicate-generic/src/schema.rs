//! What the schema of a model's version says of its input and its output
//! (<https://replicate.com/docs/reference/openapi>): a text of the format `uri` is a file.

mod check;
mod nearest;

use std::time::{Duration, Instant};

use runtime::http::{Members, member};
use runtime::{Config, ErrorCode, ProcessorError};
use serde_json::Value;

use crate::api::Api;
use crate::prediction::Prediction;
use crate::reference::{Model, Reference, is_version};

const CHECK: &str = "REPLICATE_SCHEMA_CHECK";

/// What a schema says is good to know, but no reason to let a run end without its output.
const LONGEST_LOOK_UP: Duration = Duration::from_secs(20);

/// Nobody has paid yet, and a run without a check is better than none.
const LONGEST_LOOK_AHEAD: Duration = Duration::from_secs(5);

/// A place of an output that more parts of a schema describe than that is not looked at closer.
const MOST_PARTS: usize = 32;

/// What a schema says of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    File,
    Text,
    /// Neither, or both.
    Nothing,
}

/// The schema of an output; without one it says nothing.
#[derive(Debug, Default)]
pub(crate) struct Schema(Value);

/// What was known of the version of a model before a prediction was asked for.
#[derive(Debug)]
pub(crate) struct Known {
    /// Its id, where it is told.
    pub(crate) version: Option<String>,
    pub(crate) schema: Schema,
}

/// The parts of a schema that describe one place of an output.
#[derive(Debug)]
pub(crate) struct Place<'a>(Vec<&'a Value>);

/// Whether parameters are checked against the model's schema.
///
/// # Errors
///
/// `ERR_USAGE` that names the setting.
pub(crate) fn is_checked(config: &Config) -> Result<bool, ProcessorError> {
    match config.setting(CHECK)?.as_deref() {
        None | Some("on") => Ok(true),
        Some("off") => Ok(false),
        Some(_) => Err(ProcessorError::new(
            ErrorCode::Usage,
            format!("{CHECK} is neither on nor off"),
        )),
    }
}

/// The id of a model's latest version, in what the service says of the model.
pub(crate) fn latest_version(body: &[u8]) -> Option<String> {
    let members: Members<'_> = serde_json::from_slice(body).ok()?;
    let version: Members<'_> = member(&members, "latest_version")?;
    member(&version, "id").filter(|id: &String| is_version(id))
}

impl Known {
    /// Asks the service once for what a reference means. Where that is not to be had soon, nothing is known.
    pub(crate) async fn of(config: &Config, api: &Api, reference: &Reference) -> Option<Self> {
        let (model, version) = reference.described()?;
        let left = config
            .deadline()
            .map(|end| end.saturating_duration_since(Instant::now()) / 4);
        let longest = left.map_or(LONGEST_LOOK_AHEAD, |left| left.min(LONGEST_LOOK_AHEAD));
        let known = match tokio::time::timeout(longest, api.model_once(model, version)).await {
            Ok(Ok(answer)) if answer.status.is_success() => Self::parse(&answer.body, version),
            Ok(Ok(_) | Err(_)) | Err(_) => None,
        };
        if known.is_none() {
            tracing::warn!("params_not_checked");
        }
        known
    }

    fn parse(body: &[u8], version: Option<&str>) -> Option<Self> {
        Some(Self {
            version: version.map(str::to_owned).or_else(|| latest_version(body)),
            schema: Schema::parse(body, version.is_some())?,
        })
    }

    /// The schema, if it is that of the version that made a prediction, as far as the service tells it.
    pub(crate) fn schema_of(self, prediction: &Prediction) -> Option<Schema> {
        let made_by = prediction.version.as_ref().filter(|version| is_version(version));
        let is_same = made_by.is_none_or(|made_by| self.version.as_ref() == Some(made_by));
        is_same.then_some(self.schema)
    }
}

impl Schema {
    /// Asks the service for the schema of the version that made a prediction. Where there is none to be had, content types
    /// have to do.
    pub(crate) async fn of(
        config: &Config,
        api: &Api,
        reference: &Reference,
        prediction: &Prediction,
    ) -> Self {
        let named = prediction.model.as_deref().and_then(Model::parse);
        let Some(model) = named.as_ref().or(reference.named()) else {
            return Self::default();
        };
        let version = prediction
            .version
            .as_deref()
            .filter(|version| is_version(version));
        let left = config
            .deadline()
            .map(|end| end.saturating_duration_since(Instant::now()) / 2);
        let longest = left.map_or(LONGEST_LOOK_UP, |left| left.min(LONGEST_LOOK_UP));
        let answer = tokio::time::timeout(longest, api.model(model, version)).await;
        let schema = match answer {
            Ok(Ok(answer)) if answer.status.is_success() => Self::parse(&answer.body, version.is_some()),
            Ok(Ok(_) | Err(_)) | Err(_) => None,
        };
        schema.unwrap_or_else(|| {
            tracing::warn!("schema_unknown");
            Self::default()
        })
    }

    fn parse(body: &[u8], is_version: bool) -> Option<Self> {
        let body: Members<'_> = serde_json::from_slice(body).ok()?;
        let version = match is_version {
            true => body,
            false => member(&body, "latest_version")?,
        };
        member(&version, "openapi_schema").map(Self)
    }

    #[cfg(test)]
    pub(crate) const fn from_document(document: Value) -> Self {
        Self(document)
    }

    /// The place of the whole output.
    pub(crate) fn output(&self) -> Place<'_> {
        self.place(self.0.pointer("/components/schemas/Output"))
    }

    /// Whether the output is a text that comes in pieces
    /// (<https://cog.run/python/#concatenateiterator>).
    pub(crate) fn is_concatenated(&self) -> bool {
        let Place(parts) = self.output();
        let mut displays = parts.iter().filter_map(|part| part.get("x-cog-array-display"));
        displays.any(|display| display == "concatenate")
    }

    /// The place of the items of a list.
    pub(crate) fn item<'a>(&'a self, list: &Place<'a>) -> Place<'a> {
        self.place(list.0.iter().filter_map(|part| part.get("items")))
    }

    /// The place of a member of an object.
    pub(crate) fn member<'a>(&'a self, object: &Place<'a>, name: &str) -> Place<'a> {
        self.place(object.0.iter().filter_map(|part| {
            let own = part.get("properties").and_then(|properties| properties.get(name));
            own.or_else(|| part.get("additionalProperties"))
        }))
    }

    /// What it says of a text at a place.
    pub(crate) fn says(&self, place: &Place<'_>) -> Says {
        let said: Vec<Says> = place.0.iter().filter_map(|part| of_text(part)).collect();
        match (said.contains(&Says::File), said.contains(&Says::Text)) {
            (true, false) => Says::File,
            (false, true) => Says::Text,
            _ => Says::Nothing,
        }
    }

    /// These parts, what they refer to, and what they are put together of; each once, as references may lead in circles.
    fn place<'a>(&'a self, parts: impl IntoIterator<Item = &'a Value>) -> Place<'a> {
        let mut known: Vec<&Value> = Vec::new();
        let mut waiting: Vec<&Value> = parts.into_iter().collect();
        while let Some(part) = waiting.pop() {
            if known.iter().any(|known| std::ptr::eq(*known, part)) {
                continue;
            }
            known.push(part);
            let target = part.get("$ref").and_then(Value::as_str);
            waiting.extend(target.and_then(|target| self.0.pointer(target.strip_prefix('#')?)));
            let branches = ["allOf", "anyOf", "oneOf"].map(|key| part.get(key).and_then(Value::as_array));
            let branches = branches.into_iter().flatten().flatten();
            waiting.extend(branches.take(MOST_PARTS + 1));
            if known.len() + waiting.len() > MOST_PARTS {
                return Place(Vec::new());
            }
        }
        Place(known)
    }
}

fn of_text(schema: &Value) -> Option<Says> {
    let is_text = match schema.get("type")? {
        Value::String(name) => name == "string",
        Value::Array(names) => names.iter().any(|name| name == "string"),
        _ => false,
    };
    is_text.then(|| match schema.get("format").and_then(Value::as_str) {
        Some("uri") => Says::File,
        _ => Says::Text,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What a schema says of a text below these members; `[]` stands for an item.
    fn says(output: Value, path: &[&str]) -> Says {
        let file = json!({"type": "string", "format": "uri"});
        let schemas = json!({"Output": output, "File": file, "Loop": {"$ref": "#/components/schemas/Loop"}});
        let schema = Schema(json!({"components": {"schemas": schemas}}));
        let place = path.iter().fold(schema.output(), |place, step| match *step {
            "[]" => schema.item(&place),
            name => schema.member(&place, name),
        });
        schema.says(&place)
    }

    #[test]
    fn files_and_texts_are_told_apart_at_every_place() {
        let file = json!({"type": "string", "format": "uri"});
        let text = json!({"type": "string"});
        for (schema, path, expected) in [
            (file.clone(), vec![], Says::File),
            (text.clone(), vec![], Says::Text),
            (json!({"type": "array", "items": file}), vec!["[]"], Says::File),
            (
                json!({"type": "array", "items": text, "x-cog-array-type": "iterator"}),
                vec!["[]"],
                Says::Text,
            ),
            (json!({"$ref": "#/components/schemas/File"}), vec![], Says::File),
            (
                json!({"allOf": [{"$ref": "#/components/schemas/File"}], "nullable": true}),
                vec![],
                Says::File,
            ),
            (json!({"anyOf": [file, {"type": "null"}]}), vec![], Says::File),
            (json!({"anyOf": [file, text]}), vec![], Says::Nothing),
            (
                json!({"type": ["string", "null"], "format": "uri"}),
                vec![],
                Says::File,
            ),
            (
                json!({"type": "object", "properties": {"a": {"items": file}, "b": text}}),
                vec!["a", "[]"],
                Says::File,
            ),
            (
                json!({"type": "object", "properties": {"a": file, "b": text}}),
                vec!["b"],
                Says::Text,
            ),
            (json!({"additionalProperties": file}), vec!["x"], Says::File),
            (json!({"additionalProperties": true}), vec!["x"], Says::Nothing),
            (json!({"type": "object"}), vec!["x"], Says::Nothing),
            (json!({"type": "array", "items": {}}), vec!["[]"], Says::Nothing),
            (json!({"title": "Output"}), vec![], Says::Nothing),
            (
                json!({"$ref": "#/components/schemas/Loop"}),
                vec![],
                Says::Nothing,
            ),
            (json!({"$ref": "other.json"}), vec![], Says::Nothing),
            (json!({"anyOf": vec![file.clone(); 100]}), vec![], Says::Nothing),
        ] {
            assert_eq!(says(schema.clone(), &path), expected, "{schema}");
        }
        assert_eq!(Schema::default().says(&Schema::default().output()), Says::Nothing);
        let itself = json!({"$ref": "#/components/schemas/Output"});
        assert_eq!(says(json!({"anyOf": [itself, itself]}), &[]), Says::Nothing);
        let nested = json!({"anyOf": [file, {"type": "array", "items": itself}]});
        assert_eq!(says(nested, &["[]", "[]", "[]"]), Says::File);
    }

    #[test]
    fn texts_in_pieces_are_told_from_lists_of_texts() {
        let list = |more: Value| {
            let mut list =
                json!({"type": "array", "items": {"type": "string"}, "x-cog-array-type": "iterator"});
            list.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            list
        };
        let pieces = list(json!({"x-cog-array-display": "concatenate"}));
        let other = json!({"$ref": "#/components/schemas/Other"});
        for (output, expected) in [
            (pieces.clone(), true),
            (other.clone(), true),
            (json!({"allOf": [other], "nullable": true}), true),
            (list(json!({})), false),
            (list(json!({"x-cog-array-display": "other"})), false),
            (json!({"type": "array", "items": pieces}), false),
        ] {
            let schemas = json!({"Output": output, "Other": pieces});
            let schema = Schema(json!({"components": {"schemas": schemas}}));
            assert_eq!(schema.is_concatenated(), expected, "{schema:?}");
        }
        assert!(!Schema::default().is_concatenated());
    }

    #[test]
    fn a_latest_version_is_one() {
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
