//! Objects of a chunk.

use std::borrow::Cow;
use std::fmt;

use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of an object, unread, in their order; of a key that comes twice the last one.
#[derive(Debug, Default)]
pub(super) struct Members<'a>(pub(super) IndexMap<Cow<'a, str>, &'a RawValue>);

impl<'a> Members<'a> {
    /// A member as it stands, if it says something.
    pub(super) fn said(&self, name: &str) -> Option<&'a str> {
        let raw = self.0.get(name).filter(|raw| !says_nothing(raw))?;
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
                    members.0.insert(name, raw);
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(Read)
    }
}
