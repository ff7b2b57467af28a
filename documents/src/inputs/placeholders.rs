//! What stands for something else in the parameters: `{"$file":"name"}` and `{"$secret":"NAME"}`.

use std::fmt;

use serde_json::{Map, Value};

use crate::error::Error;
use crate::json::pointer_part;

/// Stands for an input file.
pub const FILE: &str = "$file";
/// Stands for a secret.
pub const SECRET: &str = "$secret";

/// Where a value of the parameters stands; shown as a JSON pointer (RFC 6901) into the inputs document.
#[derive(Clone, Copy)]
pub struct Location<'a> {
    above: Option<&'a Location<'a>>,
    part: Part<'a>,
}

#[derive(Clone, Copy)]
enum Part<'a> {
    Key(&'a str),
    Index(usize),
}

impl fmt::Display for Location<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.above {
            Some(above) => above.fmt(f)?,
            None => f.write_str("/params")?,
        }
        match self.part {
            Part::Key(key) => write!(f, "/{}", pointer_part(key)),
            Part::Index(index) => write!(f, "/{index}"),
        }
    }
}

/// Replaces every object whose one member has this key, at any depth, by what the function gives for the member's text.
///
/// An object with more members is the caller's own, such as a JSON Schema that speaks of `$file`.
///
/// # Errors
///
/// `ERR_INPUTS` with the place where that member is not a text, and those of the function.
pub fn replace<E: From<Error>>(
    params: &mut Map<String, Value>,
    key: &str,
    with: &mut dyn FnMut(&str, Location<'_>) -> Result<Value, E>,
) -> Result<(), E> {
    members(params, None, key, with)
}

fn members<E: From<Error>>(
    members: &mut Map<String, Value>,
    above: Option<&Location<'_>>,
    key: &str,
    with: &mut dyn FnMut(&str, Location<'_>) -> Result<Value, E>,
) -> Result<(), E> {
    members.iter_mut().try_for_each(|(name, value)| {
        let part = Part::Key(name);
        walk(value, Location { above, part }, key, with)
    })
}

fn walk<E: From<Error>>(
    value: &mut Value,
    at: Location<'_>,
    key: &str,
    with: &mut dyn FnMut(&str, Location<'_>) -> Result<Value, E>,
) -> Result<(), E> {
    match value {
        Value::Object(fields) => {
            let Some(named) = fields.get(key).filter(|_| fields.len() == 1) else {
                return members(fields, Some(&at), key, with);
            };
            let name = named
                .as_str()
                .ok_or_else(|| Error::inputs(format!("{at}/{key} is not a string; give a name there")))?;
            *value = with(name, at)?;
            Ok(())
        }
        Value::Array(items) => items.iter_mut().enumerate().try_for_each(|(index, item)| {
            let (above, part) = (Some(&at), Part::Index(index));
            walk(item, Location { above, part }, key, with)
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_an_object_of_one_key_stands_for_something() {
        let mut params = json!({
            "a": {"$file": "x"},
            "b/c": [1, {"d": {"$file": "y"}}, {"$file": "x", "detail": "low"}, "$file", {"file": "x"}],
        });
        let mut seen = Vec::new();
        let fields = params.as_object_mut().unwrap();
        replace::<Error>(fields, FILE, &mut |name, at| {
            seen.push(format!("{name} {at}"));
            Ok(name.to_uppercase().into())
        })
        .unwrap();
        assert_eq!(seen, ["x /params/a", "y /params/b~1c/1/d"]);
        assert_eq!(
            params,
            json!({"a": "X", "b/c": [1, {"d": "Y"}, {"$file": "x", "detail": "low"}, "$file", {"file": "x"}]})
        );
    }

    #[test]
    fn a_name_is_a_text() {
        let mut params = json!({"a": [{"$secret": 1}]});
        let fields = params.as_object_mut().unwrap();
        let error = replace::<Error>(fields, SECRET, &mut |_, _| Ok(Value::Null)).unwrap_err();
        assert_eq!(
            error.message(),
            "/params/a/0/$secret is not a string; give a name there"
        );
    }
}
