//! Input files: `{"$file":"name"}` anywhere in the parameters becomes a data URI (RFC 2397).

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use runtime::{ErrorCode, Inputs, ProcessorError};
use serde_json::Value;

/// The largest file that is sent, in bytes: 20 MiB, as services take no larger request.
const LARGEST: u64 = 20 * 1024 * 1024;

const UNKNOWN_TYPE: &str = "application/octet-stream";

/// Replaces every file of the parameters by its content.
///
/// # Errors
///
/// `ERR_INPUTS` with the JSON pointer (RFC 6901) of the place.
pub(crate) fn resolve(params: &mut Value, inputs: &Inputs) -> Result<(), ProcessorError> {
    resolve_at(params, "/params", inputs)
}

fn resolve_at(value: &mut Value, at: &str, inputs: &Inputs) -> Result<(), ProcessorError> {
    if let Some(name) = file_name(value) {
        let name = name
            .as_str()
            .ok_or_else(|| wrong(at, "does not name a file: $file is not a string"))?;
        *value = Value::String(data_uri(name, at, inputs)?);
        return Ok(());
    }
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                resolve_at(item, &format!("{at}/{index}"), inputs)?;
            }
        }
        Value::Object(fields) => {
            for (key, field) in fields {
                let key = key.replace('~', "~0").replace('/', "~1");
                resolve_at(field, &format!("{at}/{key}"), inputs)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// An object with more keys is the caller's own, such as a JSON Schema that speaks of `$file`.
fn file_name(value: &Value) -> Option<&Value> {
    let fields = value.as_object()?;
    fields.get("$file").filter(|_| fields.len() == 1)
}

fn data_uri(name: &str, at: &str, inputs: &Inputs) -> Result<String, ProcessorError> {
    let Some(entry) = inputs.files.get(name) else {
        return Err(wrong(at, "names a file that /files does not have"));
    };
    let mut bytes = Vec::new();
    inputs
        .open(name)?
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| wrong(at, "names a file that cannot be read").with_cause(error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(wrong(at, "names a file of more than 20 MiB; send a smaller one"));
    }
    let mime = entry.mime.as_deref().unwrap_or(UNKNOWN_TYPE);
    let mut uri = format!("data:{mime};base64,");
    STANDARD.encode_string(bytes, &mut uri);
    Ok(uri)
}

fn wrong(at: &str, what: &str) -> ProcessorError {
    ProcessorError::new(ErrorCode::Inputs, format!("{at} {what}"))
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
