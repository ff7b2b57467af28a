//! The objects of a chunk, and their members.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of an object, unparsed and in their order; of a repeated key, the last value. Objects of services have few
/// members, so comparing their keys is faster than hashing them.
#[derive(Debug, Default)]
pub(super) struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

/// The number of keys that are compared with a new one.
const COMPARED: usize = 64;

impl<'a> Members<'a> {
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(name, raw)| (name.as_ref(), *raw))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.iter()
            .find_map(|(known, raw)| (known == name).then_some(raw))
    }

    /// A member as JSON, unless it is blank.
    pub(super) fn value(&self, name: &str) -> Option<&'a str> {
        let raw = self.get(name).filter(|raw| !is_blank(raw))?;
        Some(raw.get())
    }

    pub(super) fn has_choices(&self) -> bool {
        self.get("choices").is_some_and(|raw| raw.get() != "null")
    }

    /// Whether this is a keep-alive of Anthropic's.
    pub(super) fn is_ping(&self) -> bool {
        self.value("type") == Some(r#""ping""#) && !self.has_choices()
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| known != name);
    }

    fn insert(&mut self, name: Cow<'a, str>, raw: &'a RawValue) {
        match self.0.iter_mut().take(COMPARED).find(|(known, _)| *known == name) {
            Some((_, known)) => *known = raw,
            None => self.0.push((name, raw)),
        }
    }
}

/// Whether a value is null, or an empty string, list or object.
pub(super) fn is_blank(raw: &RawValue) -> bool {
    match raw.get().as_bytes() {
        b"null" | b"\"\"" => true,
        [b'[', inner @ .., b']'] | [b'{', inner @ .., b'}'] => inner.trim_ascii().is_empty(),
        _ => false,
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// Borrows a key without escapes.
        #[derive(Deserialize)]
        struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

        struct ObjectVisitor;

        impl<'de> Visitor<'de> for ObjectVisitor {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Members::default();
                while let Some((Key(name), raw)) = map.next_entry()? {
                    members.insert(name, raw);
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(ObjectVisitor)
    }
}
