//! The completion that the chunks of a stream come to.

use std::borrow::{Borrow, Cow};
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use super::pattern::{News, Pattern};

/// The members of an object, unread; of a key that comes twice the last one.
pub(super) type Members<'a> = BTreeMap<Key<'a>, &'a RawValue>;

/// A key without escapes, which is to say any that services send, costs no memory.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

impl Borrow<str> for Key<'_> {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// Texts that come whole each time, and are not continued.
pub(super) const WHOLE: [&str; 4] = ["id", "index", "role", "type"];

/// A completion that is not whole yet.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    /// All members but the choices; of those that come again, the last that is not null.
    members: BTreeMap<String, Box<RawValue>>,
    choices: BTreeMap<u64, Map<String, Value>>,
    /// What the chunk that was added last is like.
    pattern: Option<Pattern>,
    /// How many pieces of text came.
    pub(super) tokens: u64,
}

impl Assembly {
    /// Adds a chunk that is like the one before; `false` where it is not, and has to be added whole.
    pub(super) fn repeat(&mut self, chunk: &[u8]) -> bool {
        let Some(news) = self.pattern.as_ref().and_then(|pattern| pattern.read(chunk)) else {
            return false;
        };
        for news in news {
            match news {
                News::Text(index, name, text) => {
                    let choice = self.choices.get_mut(&index);
                    let message = choice.and_then(|choice| choice.get_mut("message"));
                    let Some(Value::String(known)) = message.and_then(|message| message.get_mut(name)) else {
                        return false;
                    };
                    known.push_str(&text);
                    self.tokens += 1;
                }
                News::Member(name, raw) => {
                    replace(&mut self.members, name, raw);
                }
            }
        }
        true
    }

    /// Adds a chunk.
    ///
    /// # Errors
    ///
    /// serde_json's, where it is not the JSON of a chunk.
    pub(super) fn add(&mut self, chunk: &[u8]) -> serde_json::Result<()> {
        self.pattern = None;
        let members: Members<'_> = serde_json::from_slice(chunk)?;
        let mut changed = Vec::new();
        let mut indexed = Vec::new();
        for (Key(name), raw) in &members {
            if name == "choices" {
                let choices: Option<Vec<Members<'_>>> = serde_json::from_str(raw.get())?;
                for choice in choices.into_iter().flatten() {
                    indexed.push((self.add_choice(&choice)?, choice));
                }
            } else if replace(&mut self.members, name, raw) {
                changed.push((name.as_ref(), *raw));
            }
        }
        self.pattern = Pattern::of(chunk, &indexed, changed);
        Ok(())
    }

    /// Adds a choice, and gives its index.
    fn add_choice(&mut self, choice: &Members<'_>) -> serde_json::Result<u64> {
        let index = match choice.get("index") {
            Some(index) => serde_json::from_str(index.get())?,
            None => 0,
        };
        let known = self.choices.entry(index).or_insert_with(|| {
            let message = ("message".to_owned(), Map::new().into());
            Map::from_iter([("index".to_owned(), index.into()), message])
        });
        for (Key(name), raw) in choice {
            let (name, raw) = (name.as_ref(), raw.get());
            match (name, known.get_mut(name)) {
                ("index", _) => {}
                ("delta", _) => {
                    self.tokens += u64::from(raw.len() > 2);
                    let message = known.entry("message").or_insert(Value::Null);
                    if !continue_content(message, raw) {
                        merge(message, serde_json::from_str(raw)?);
                    }
                }
                (_, Some(_)) if raw == "null" => {}
                (_, Some(known)) if raw.starts_with('{') => merge(known, serde_json::from_str(raw)?),
                _ => {
                    known.insert(name.to_owned(), serde_json::from_str(raw)?);
                }
            }
        }
        Ok(index)
    }

    /// The whole completion.
    ///
    /// # Errors
    ///
    /// serde_json's.
    pub(super) fn finish(mut self) -> serde_json::Result<Vec<u8>> {
        let choices: Vec<_> = self.choices.into_values().collect();
        self.members.insert("choices".to_owned(), to_raw_value(&choices)?);
        self.members
            .insert("object".to_owned(), to_raw_value("chat.completion")?);
        serde_json::to_vec(&self.members)
    }
}

/// Takes a member of a chunk, unless it is null and known; whether it was known to be something else.
fn replace(members: &mut BTreeMap<String, Box<RawValue>>, name: &str, raw: &RawValue) -> bool {
    match members.get_mut(name) {
        Some(known) if known.get() == raw.get() || raw.get() == "null" => false,
        Some(known) => {
            *known = raw.to_owned();
            true
        }
        None => {
            members.insert(name.to_owned(), raw.to_owned());
            false
        }
    }
}

/// What nearly every chunk is: one more piece of the content, and nothing else.
fn continue_content(message: &mut Value, delta: &str) -> bool {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Delta<'a> {
        #[serde(borrow)]
        content: Cow<'a, str>,
    }
    let Some(Value::String(content)) = message.get_mut("content") else {
        return false;
    };
    match serde_json::from_str::<Delta<'_>>(delta) {
        Ok(delta) => {
            content.push_str(&delta.content);
            true
        }
        Err(_) => false,
    }
}

/// Texts are continued, lists are too, by the `index` of their items where they have one; objects member by member.
fn merge(known: &mut Value, delta: Value) {
    match (known, delta) {
        (_, Value::Null) => {}
        (Value::String(known), Value::String(more)) => known.push_str(&more),
        (Value::Array(known), Value::Array(more)) => more.into_iter().for_each(|item| {
            let index = item.get("index").cloned();
            match known
                .iter_mut()
                .find(|known| index.is_some() && known.get("index") == index.as_ref())
            {
                Some(known) => merge(known, item),
                None => known.push(item),
            }
        }),
        (Value::Object(known), Value::Object(more)) => {
            for (name, value) in more {
                match known.get_mut(&name) {
                    Some(known) if !WHOLE.contains(&name.as_str()) => merge(known, value),
                    Some(_) if value.is_null() => {}
                    _ => {
                        known.insert(name, value);
                    }
                }
            }
        }
        (known, delta) => *known = delta,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn assembled(chunks: &[Value]) -> Value {
        let mut assembly = Assembly::default();
        for chunk in chunks {
            assembly.add(chunk.to_string().as_bytes()).unwrap();
        }
        serde_json::from_slice(&assembly.finish().unwrap()).unwrap()
    }

    fn delta(index: u64, delta: Value) -> Value {
        json!({"object": "chat.completion.chunk", "choices": [{"index": index, "delta": delta, "finish_reason": null}]})
    }

    #[test]
    fn texts_calls_and_choices_come_together() {
        let call = |call: Value| delta(1, json!({"tool_calls": [call]}));
        let whole = assembled(&[
            json!({"id": "c", "created": 1.10, "choices": [], "usage": null}),
            delta(1, json!({"role": "assistant", "content": null})),
            delta(
                0,
                json!({"role": "assistant", "content": "Hel", "reasoning_content": "h"}),
            ),
            delta(
                0,
                json!({"role": "assistant", "content": "lo", "reasoning_content": "m"}),
            ),
            call(
                json!({"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": ""}}),
            ),
            call(
                json!({"index": 1, "id": "b", "type": "function", "function": {"name": "g", "arguments": "{"}}),
            ),
            call(json!({"index": 0, "function": {"arguments": "{\"x\":"}})),
            call(json!({"index": 0, "id": null, "type": "function", "function": {"arguments": "1}"}})),
            json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop", "logprobs": {"content": [1]}}]}),
            json!({"choices": [{"index": 0, "delta": {}, "finish_reason": null, "logprobs": {"content": [2]}}]}),
            json!({"id": "c", "choices": [], "usage": {"total_tokens": 3}}),
        ]);
        assert_eq!(
            whole,
            json!({
                "id": "c", "created": 1.10, "object": "chat.completion", "usage": {"total_tokens": 3},
                "choices": [
                    {"index": 0, "finish_reason": "stop", "logprobs": {"content": [1, 2]},
                     "message": {"role": "assistant", "content": "Hello", "reasoning_content": "hm"}},
                    {"index": 1, "finish_reason": null, "message": {"role": "assistant", "content": null, "tool_calls": [
                        {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": "{\"x\":1}"}},
                        {"index": 1, "id": "b", "type": "function", "function": {"name": "g", "arguments": "{"}},
                    ]}},
                ],
            })
        );
    }

    #[test]
    fn what_is_no_chunk_is_refused() {
        for chunk in ["", "[]", "1", "{", r#"{"choices":{}}"#, r#"{"choices":[1]}"#] {
            assert!(Assembly::default().add(chunk.as_bytes()).is_err(), "{chunk}");
        }
    }
}
