//! Input files in the parameters: `{"$file":"name"}` becomes a data URI (RFC 2397).

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use contracts::ProcessorError;
use contracts::inputs::wrong;
use contracts::json::pointer_part;

use super::Inputs;

const UNKNOWN_TYPE: &str = "application/octet-stream";

impl Inputs {
    /// Replaces every `{"$file":"name"}` of the parameters, at any depth, by what the function gives for it: it gets the
    /// inputs without their parameters, the name, and the JSON pointer (RFC 6901) of the place.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` with the JSON pointer of the place where the name is not a string, and those of the function.
    pub fn replace_files(
        &mut self,
        mut replace: impl FnMut(&Self, &str, &str) -> Result<Value, ProcessorError>,
    ) -> Result<(), ProcessorError> {
        let mut params = std::mem::take(&mut self.params);
        let result = params.iter_mut().try_for_each(|(key, value)| {
            walk(
                value,
                &format!("/params/{}", pointer_part(key)),
                &mut |name, at| replace(self, name, at),
            )
        });
        self.params = params;
        result
    }

    /// The same with the content of the file as a data URI, with the media type of its entry. For services that take small
    /// files inside a request.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` with the JSON pointer of the place, when there is no such file, it cannot be read, or it is larger than
    /// `largest` bytes.
    pub fn embed_files(&mut self, largest: u64) -> Result<(), ProcessorError> {
        self.replace_files(|inputs, name, at| Ok(Value::String(inputs.data_uri(name, at, largest)?)))
    }

    fn data_uri(&self, name: &str, at: &str, largest: u64) -> Result<String, ProcessorError> {
        let Some(entry) = self.files.get(name) else {
            return Err(wrong(format!("{at} names a file that /files does not have")));
        };
        let mut bytes = Vec::new();
        self.open(name)?
            .take(largest.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| wrong(format!("{at} names a file that cannot be read: {error}")))?;
        if bytes.len() as u64 > largest {
            return Err(wrong(format!(
                "{at} names a file of more than {largest} bytes; give a smaller one"
            )));
        }
        let mime = entry.mime.as_deref().unwrap_or(UNKNOWN_TYPE);
        let mut uri = format!("data:{mime};base64,");
        STANDARD.encode_string(bytes, &mut uri);
        Ok(uri)
    }
}

fn walk(
    value: &mut Value,
    at: &str,
    replace: &mut dyn FnMut(&str, &str) -> Result<Value, ProcessorError>,
) -> Result<(), ProcessorError> {
    if let Some(name) = file_name(value) {
        let name = name
            .as_str()
            .ok_or_else(|| wrong(format!("{at} does not name a file: $file is not a string")))?;
        *value = replace(name, at)?;
        return Ok(());
    }
    match value {
        Value::Array(items) => items
            .iter_mut()
            .enumerate()
            .try_for_each(|(index, item)| walk(item, &format!("{at}/{index}"), replace)),
        Value::Object(fields) => fields
            .iter_mut()
            .try_for_each(|(key, field)| walk(field, &format!("{at}/{}", pointer_part(key)), replace)),
        _ => Ok(()),
    }
}

/// An object with more keys is the caller's own, such as a JSON Schema that speaks of `$file`.
fn file_name(value: &Value) -> Option<&Value> {
    let fields = value.as_object()?;
    fields.get("$file").filter(|_| fields.len() == 1)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_an_object_of_one_key_stands_for_a_file() {
        assert!(file_name(&json!({"$file": "a"})).is_some());
        assert!(file_name(&json!({"$file": 1})).is_some());
        assert!(file_name(&json!({"$file": "a", "detail": "low"})).is_none());
        assert!(file_name(&json!({"file": "a"})).is_none());
        assert!(file_name(&json!("$file")).is_none());
    }
}
