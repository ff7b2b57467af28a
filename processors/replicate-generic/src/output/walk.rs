//! Visits every string of an output together with its declared type.

use std::fmt;

use runtime::{ErrorCode, ProcessorError};
use serde::de::{Deserialize as _, Deserializer as _, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::json_pointer;
use crate::json_string::JsonString;
use crate::schema::{Schema, StringType, Subschemas};

/// Deeper outputs are refused.
pub(super) const MAX_DEPTH: usize = 100;

/// Gets a string, its declared type and its JSON pointer; returns whether to go on.
type Visit<'a> = &'a mut dyn FnMut(&[u8], StringType, &str) -> bool;

/// Visits the strings of an output in its own order, until `visit` returns `false`.
///
/// # Errors
///
/// `ERR_PROVIDER_RESPONSE` for an output that is nested too deeply.
pub(super) fn visit_strings<'a>(
    output: &str,
    schema: &'a Schema,
    visit: Visit<'a>,
) -> Result<(), ProcessorError> {
    let mut walk = Walk {
        schema,
        visit,
        pointer: String::new(),
        is_stopped: false,
    };
    let walked = serde_json::from_str(output).and_then(|raw| walk.enter(raw, &schema.output(), MAX_DEPTH));
    walked.map_err(|error: serde_json::Error| {
        let message =
            format!("the output cannot be searched for files: it is nested deeper than {MAX_DEPTH} levels");
        ProcessorError::new(ErrorCode::ProviderResponse, message).with_cause(error)
    })
}

struct Walk<'a> {
    schema: &'a Schema,
    visit: Visit<'a>,
    /// To the current value.
    pointer: String,
    is_stopped: bool,
}

impl<'a> Walk<'a> {
    fn enter(&mut self, raw: &RawValue, at: &Subschemas<'a>, depth: usize) -> serde_json::Result<()> {
        if self.is_stopped {
            return Ok(());
        }
        let mut json = serde_json::Deserializer::from_str(raw.get());
        match raw.get().as_bytes().first() {
            Some(b'"') => {
                let text = JsonString::deserialize(&mut json)?;
                self.is_stopped = !(self.visit)(text.as_bytes(), at.string_type(), &self.pointer);
                Ok(())
            }
            Some(b'[' | b'{') => {
                let depth = depth
                    .checked_sub(1)
                    .ok_or_else(|| serde_json::Error::custom("too deep"))?;
                json.deserialize_any(Container {
                    walk: self,
                    at,
                    depth,
                })
            }
            _ => Ok(()), // a number may be larger than any type can hold
        }
    }

    fn enter_child<E: serde::de::Error>(
        &mut self,
        name: &str,
        raw: &RawValue,
        at: &Subschemas<'a>,
        depth: usize,
    ) -> Result<(), E> {
        let length = self.pointer.len();
        json_pointer::push(&mut self.pointer, name);
        let entered = self.enter(raw, at, depth);
        self.pointer.truncate(length);
        entered.map_err(E::custom)
    }
}

/// A list or an object whose values are entered one after the other.
struct Container<'a, 'b> {
    walk: &'a mut Walk<'b>,
    at: &'a Subschemas<'b>,
    depth: usize,
}

impl<'de> Visitor<'de> for Container<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let at = self.walk.schema.items(self.at);
        let mut number = 0_usize;
        while let Some(item) = items.next_element()? {
            self.walk
                .enter_child(&number.to_string(), item, &at, self.depth)?;
            number += 1;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<JsonString<'_>>()? {
            let name = name.to_lossy();
            let at = self.walk.schema.member(self.at, &name);
            self.walk
                .enter_child(&name, members.next_value()?, &at, self.depth)?;
        }
        Ok(())
    }
}
