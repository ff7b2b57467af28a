//! Where the parameters name an input file: `{"$file":"name"}`.

use serde_json::Value;

use contracts::ProcessorError;
use contracts::inputs::wrong;
use contracts::json::pointer_part;

use super::Inputs;

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
