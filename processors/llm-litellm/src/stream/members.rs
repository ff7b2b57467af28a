//! Objects of a chunk.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of an object, unread, in their order; of a key that comes twice among the first, the last one. There are few in
/// what services send: to compare their keys takes less time than to hash them.
#[derive(Debug, Default)]
pub(super) struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

/// How many keys are compared with each new one.
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

    pub(super) fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| known != name);
    }

    fn insert(&mut self, name: Cow<'a, str>, raw: &'a RawValue) {
        match self.0.iter_mut().take(COMPARED).find(|(known, _)| *known == name) {
            Some((_, known)) => *known = raw,
            None => self.0.push((name, raw)),
        }
    }

    /// A member as it stands, if it says something.
    pub(super) fn said(&self, name: &str) -> Option<&'a str> {
        let raw = self.get(name).filter(|raw| !says_nothing(raw))?;
        Some(raw.get())
    }
}

/// null, or an empty text, list or object.
pub(super) fn says_nothing(raw: &RawValue) -> bool {
    match raw.get().as_bytes() {
        b"null" | b"\"\"" => true,
        [b'[', inner @ .., b']'] | [b'{', inner @ .., b'}'] => inner.trim_ascii().is_empty(),
        _ => false,
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// A key without escapes, which is to say any that services send, costs no memory.
        #[derive(Deserialize)]
        struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

        struct Read;

        impl<'de> Visitor<'de> for Read {
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

        deserializer.deserialize_map(Read)
    }
}
