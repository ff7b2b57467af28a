//! `{"$file":"name"}` and `{"$secret":"NAME"}` in `params` (`docs/spec.md#placeholders`).

use std::fmt;

use serde_json::{Map, Value};

use crate::error::Error;
use crate::json::pointer_part;

/// Stands for an input file.
pub const FILE: &str = "$file";
/// Stands for a secret.
pub const SECRET: &str = "$secret";

/// Where a value of `params` is; displayed as a JSON pointer (RFC 6901) into the inputs document.
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

/// Replaces every object whose only member has this key, at any depth, by what the function returns for the member's string.
///
/// An object with more members is an ordinary one, such as a JSON Schema with a property `$file`.
///
/// # Errors
///
/// `ERR_INPUTS` if that member is not a string; those of the function.
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
