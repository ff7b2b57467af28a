//! What the schema of a model's version says of its output
//! (<https://replicate.com/docs/reference/openapi>): a text of the format `uri` is a file.

use runtime::http::{Members, member};
use serde_json::Value;

use crate::api::Api;
use crate::output::Step;
use crate::prediction::Prediction;
use crate::reference::{Model, Reference, is_version};

/// References in a schema may lead to themselves, and multiply.
const DEEPEST: usize = 32;
const MOST_STEPS: usize = 10_000;

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

/// The id of a model's latest version, in what the service says of the model.
pub(crate) fn latest_version(body: &[u8]) -> Option<String> {
    let members: Members<'_> = serde_json::from_slice(body).ok()?;
    let version: Members<'_> = member(&members, "latest_version")?;
    member(&version, "id").filter(|id: &String| is_version(id))
}

impl Schema {
    /// Asks the service for the schema of the version that made a prediction. Where there is none to be had, content types
    /// have to do.
    pub(crate) async fn of(api: &Api, reference: &Reference, prediction: &Prediction) -> Self {
        let named = prediction.model.as_deref().and_then(Model::parse);
        let Some(model) = named.as_ref().or(reference.model()) else {
            return Self::default();
        };
        let version = prediction
            .version
            .as_deref()
            .filter(|version| is_version(version));
        let answer = match api.model(model, version).await {
            Ok(answer) if answer.status.is_success() => answer,
            Ok(answer) => {
                tracing::warn!(status = answer.status.as_u16(), "schema_unknown");
                return Self::default();
            }
            Err(error) => {
                tracing::warn!(code = error.code().as_str(), "schema_unknown");
                return Self::default();
            }
        };
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let version = match version {
            Some(_) => Some(&body),
            None => body.get("latest_version"),
        };
        let schema = version.and_then(|version| version.get("openapi_schema"));
        Self(schema.cloned().unwrap_or_default())
    }

    /// What it says of the text at a place of the output.
    pub(crate) fn says(&self, place: &[Step]) -> Says {
        let Some(output) = self.0.pointer("/components/schemas/Output") else {
            return Says::Nothing;
        };
        let mut said = Vec::new();
        let mut left = MOST_STEPS;
        self.collect(output, place, DEEPEST, &mut left, &mut said);
        match (said.contains(&Says::File), said.contains(&Says::Text)) {
            _ if left == 0 => Says::Nothing,
            (true, false) => Says::File,
            (false, true) => Says::Text,
            _ => Says::Nothing,
        }
    }

    fn collect(
        &self,
        schema: &Value,
        place: &[Step],
        deepest: usize,
        left: &mut usize,
        said: &mut Vec<Says>,
    ) {
        *left = left.saturating_sub(1);
        let Some(deepest) = deepest.checked_sub(1).filter(|_| *left > 0) else {
            return;
        };
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            let target = target
                .strip_prefix('#')
                .and_then(|pointer| self.0.pointer(pointer));
            if let Some(target) = target {
                self.collect(target, place, deepest, left, said);
            }
        }
        let branches = ["allOf", "anyOf", "oneOf"].map(|key| schema.get(key).and_then(Value::as_array));
        for branch in branches.into_iter().flatten().flatten() {
            self.collect(branch, place, deepest, left, said);
        }
        match place.split_first() {
            None => said.extend(of_text(schema)),
            Some((step, rest)) => {
                let inner = match step {
                    Step::Item => schema.get("items"),
                    Step::Member(name) => schema
                        .get("properties")
                        .and_then(|properties| properties.get(name))
                        .or_else(|| schema.get("additionalProperties")),
                };
                if let Some(inner) = inner {
                    self.collect(inner, rest, deepest, left, said);
                }
            }
        }
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

    fn says(output: Value, place: &[Step]) -> Says {
        let file = json!({"type": "string", "format": "uri"});
        Schema(json!({"components": {"schemas": {"Output": output, "File": file, "Loop": {"$ref": "#/components/schemas/Loop"}}}}))
            .says(place)
    }

    fn member(name: &str) -> Step {
        Step::Member(name.to_owned())
    }

    #[test]
    fn files_and_texts_are_told_apart_at_every_place() {
        let file = json!({"type": "string", "format": "uri"});
        let text = json!({"type": "string"});
        for (schema, place, expected) in [
            (file.clone(), vec![], Says::File),
            (text.clone(), vec![], Says::Text),
            (
                json!({"type": "array", "items": file}),
                vec![Step::Item],
                Says::File,
            ),
            (
                json!({"type": "array", "items": text, "x-cog-array-type": "iterator"}),
                vec![Step::Item],
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
                vec![member("a"), Step::Item],
                Says::File,
            ),
            (
                json!({"type": "object", "properties": {"a": file, "b": text}}),
                vec![member("b")],
                Says::Text,
            ),
            (
                json!({"additionalProperties": file}),
                vec![member("x")],
                Says::File,
            ),
            (
                json!({"additionalProperties": true}),
                vec![member("x")],
                Says::Nothing,
            ),
            (json!({"type": "object"}), vec![member("x")], Says::Nothing),
            (
                json!({"type": "array", "items": {}}),
                vec![Step::Item],
                Says::Nothing,
            ),
            (json!({"title": "Output"}), vec![], Says::Nothing),
            (
                json!({"$ref": "#/components/schemas/Loop"}),
                vec![],
                Says::Nothing,
            ),
            (json!({"$ref": "other.json"}), vec![], Says::Nothing),
        ] {
            assert_eq!(says(schema.clone(), &place), expected, "{schema}");
        }
        assert_eq!(Schema::default().says(&[]), Says::Nothing);
        let doubling = json!({"anyOf": [{"$ref": "#/components/schemas/Output"}, {"$ref": "#/components/schemas/Output"}]});
        assert_eq!(says(doubling, &[]), Says::Nothing);
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
