//! `generationConfig`: <https://ai.google.dev/api/generate-content#generationconfig>.

use runtime::ProcessorError;
use serde_json::{Map, Value};

use super::model::Model;
use super::names::{Place, camel_case, find, wrong};
use super::{schema, thinking, voice};
use crate::native::object::{object, put, set};

/// The parameters that are members of it by another name.
const RENAMED: [(&str, &str); 2] = [("n", "candidateCount"), ("top_logprobs", "logprobs")];

/// The members, as far as they are known.
#[derive(Debug, Default)]
pub(super) struct Config {
    pub(super) members: Map<String, Value>,
    /// The parameter that each member is made of.
    origins: Vec<(String, String)>,
    pub(super) changes: Vec<String>,
}

impl Config {
    /// Takes a parameter, and returns whether it belongs here.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` for a value that Gemini does not know.
    pub(super) fn take(
        &mut self,
        name: &str,
        value: &Value,
        model: Model<'_>,
    ) -> Result<bool, ProcessorError> {
        match name {
            "stop" => {
                let stop = if value.is_string() {
                    vec![value.clone()].into()
                } else {
                    value.clone()
                };
                self.rename(name, "stopSequences", stop)?;
            }
            "max_tokens" | "max_completion_tokens" => self.take_limit(name, value)?,
            "logprobs" if value.is_boolean() => self.rename(name, "responseLogprobs", value.clone())?,
            "reasoning_effort" => {
                let config = thinking::from_effort(model, value)?;
                self.rename(name, "thinkingConfig", config)?;
            }
            "thinking" => {
                let config = thinking::from_anthropic(model, value, &mut self.changes);
                self.rename(name, "thinkingConfig", config)?;
            }
            "modalities" => self.rename(name, "responseModalities", voice::modalities(value))?,
            "audio" => {
                let config = voice::speech_config(value, &mut self.changes)?;
                self.rename(name, "speechConfig", config)?;
            }
            "response_format" => self.take_format(value)?,
            "generation_config" | "generationConfig" => {
                let members = value.as_object().ok_or_else(|| wrong(name, "is not an object"))?;
                for (member, value) in members {
                    self.insert(name, &camel_case(member), value.clone())?;
                }
            }
            _ => {
                if let Some((_, to)) = RENAMED.iter().find(|(from, _)| *from == name) {
                    self.rename(name, to, value.clone())?;
                } else if let Some((to, Place::Config)) = find(name) {
                    self.insert(name, &to, value.clone())?;
                } else {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Adds what follows from others: an answer that is spoken has the modality, and beside Google Maps JSON has to be asked for in
    /// another member (<https://ai.google.dev/api/generate-content#ResponseFormatConfig>).
    pub(super) fn complete(&mut self, has_maps: bool) {
        if has_maps {
            self.move_format();
        }
        if !self.members.contains_key("speechConfig") {
            return;
        }
        let modalities = self
            .members
            .entry("responseModalities")
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(modalities) = modalities
            && !modalities.iter().any(|modality| modality == "AUDIO")
        {
            modalities.push("AUDIO".into());
            self.changes.push("modalities audio added".to_owned());
        }
    }

    /// <https://ai.google.dev/gemini-api/docs/structured-output>; `response_schema` is LiteLLM's.
    fn take_format(&mut self, format: &Value) -> Result<(), ProcessorError> {
        let is = |kind: &str| format.get("type").is_some_and(|known| known == kind);
        let own = format.get("response_schema");
        let schema = own.or_else(|| {
            format
                .pointer("/json_schema/schema")
                .filter(|_| is("json_schema"))
        });
        let media_type = if is("text") && own.is_none() {
            "text/plain"
        } else if is("json_object") || is("json_schema") || own.is_some() {
            "application/json"
        } else {
            return Err(wrong(
                "response_format/type",
                "is none of text, json_object and json_schema",
            ));
        };
        self.rename("response_format", "responseMimeType", media_type.into())?;
        if let Some(schema) = schema.filter(|schema| !schema.is_null()) {
            let schema = schema::convert(schema, &mut self.changes);
            self.insert("response_format", "responseJsonSchema", schema)?;
        }
        Ok(())
    }

    /// OpenAI has two names for the limit, of which the newer counts.
    fn take_limit(&mut self, name: &str, limit: &Value) -> Result<(), ProcessorError> {
        const LIMIT: &str = "maxOutputTokens";
        const OLD: &str = "max_tokens";
        let origin = self.origins.iter().find(|(member, _)| member == LIMIT);
        let origin = origin.map(|(_, origin)| origin.as_str());
        let is_other = self.members.get(LIMIT).is_some_and(|known| known != limit);
        if is_other && name == OLD && origin == Some("max_completion_tokens") {
            self.changes.push(format!("{OLD} left out"));
            return Ok(());
        }
        if is_other && origin == Some(OLD) {
            self.members.shift_remove(LIMIT);
            self.origins.retain(|(member, _)| member != LIMIT);
            self.changes.retain(|change| !change.starts_with("max_tokens to"));
            self.changes.push(format!("{OLD} left out"));
        }
        self.rename(name, LIMIT, limit.clone())
    }

    fn move_format(&mut self) {
        let media_type = self.members.get("responseMimeType");
        if media_type.is_none_or(|media_type| media_type != "application/json") {
            return;
        }
        self.members.shift_remove("responseMimeType");
        let mut text = object([("mimeType", "APPLICATION_JSON".into())]);
        for name in ["responseJsonSchema", "responseSchema"] {
            if let Some(schema) = self.members.shift_remove(name) {
                set(&mut text, "schema", schema);
            }
        }
        put(&mut self.members, "responseFormat", object([("text", text)]));
        self.changes.push("responseMimeType to responseFormat".to_owned());
    }

    fn rename(&mut self, from: &str, to: &str, value: Value) -> Result<(), ProcessorError> {
        self.insert(from, to, value)?;
        self.changes.push(format!("{from} to {to}"));
        Ok(())
    }

    /// Two parameters may be one member, if they agree.
    fn insert(&mut self, from: &str, to: &str, value: Value) -> Result<(), ProcessorError> {
        if let Some((_, other)) = self.origins.iter().rfind(|(member, _)| member == to)
            && self.members.get(to).is_some_and(|known| *known != value)
        {
            return Err(wrong(
                from,
                &format!(
                    "and /params/{other} both become {to}, with different values; leave one of them out"
                ),
            ));
        }
        self.origins.push((to.to_owned(), from.to_owned()));
        put(&mut self.members, to, value);
        Ok(())
    }
}
