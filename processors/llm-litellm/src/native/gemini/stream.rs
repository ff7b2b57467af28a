//! A stream, whose events are answers with a part of each candidate:
//! <https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent>.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{finish, partial_args};
use crate::blank::is_blank;
use crate::failure::Failure;
use crate::native::interface::NativeStream;
use crate::native::object::put;
use crate::native::size;

/// The members of a candidate of which each chunk may have one.
const REPEATED: [&str; 3] = ["citationMetadata", "groundingMetadata", "urlContextMetadata"];

/// The answer, as far as it has come.
#[derive(Debug, Default)]
pub(super) struct Stream {
    members: Map<String, Value>,
    /// The candidates with their indexes, in which order they are in a document.
    candidates: Vec<(u64, Candidate)>,
}

/// A candidate, as far as it has come.
#[derive(Debug, Default)]
struct Candidate {
    members: Map<String, Value>,
    /// The values of the members that [`REPEATED`] names. A stream may have thousands of them.
    seen: HashSet<String>,
    /// In bytes.
    size_of_seen: usize,
}

impl NativeStream for Stream {
    fn add(&mut self, chunk: Map<String, Value>) -> Result<(), Failure> {
        for (name, value) in chunk {
            match (name.as_str(), value) {
                ("candidates", Value::Array(candidates)) => {
                    for (position, candidate) in candidates.into_iter().enumerate() {
                        if let Value::Object(candidate) = candidate {
                            self.add_candidate(position, candidate)?;
                        }
                    }
                }
                ("usageMetadata", Value::Object(more)) => {
                    if let Some(Value::Object(usage)) = self.members.get_mut(&name) {
                        usage.extend(more.into_iter().filter(|(_, count)| !count.is_null()));
                    } else {
                        self.members.insert(name, more.into());
                    }
                }
                (_, value) => replace(&mut self.members, name, value),
            }
        }
        Ok(())
    }

    fn is_finished(&self) -> bool {
        let reasons = self.candidates.iter();
        let reasons = reasons.map(|(_, candidate)| candidate.members.get("finishReason"));
        finish::is_whole(self.members.get("promptFeedback"), reasons)
    }

    fn size(&self) -> usize {
        let mut size = size::of_members(&self.members);
        for (_, candidate) in &self.candidates {
            let seen = candidate.seen.len() * size::EACH + candidate.size_of_seen;
            size += seen + size::of_members(&candidate.members);
        }
        size
    }

    fn finish(mut self: Box<Self>) -> Value {
        if !self.candidates.is_empty() {
            let candidates = self.candidates.into_iter();
            let candidates = candidates.map(|(_, candidate)| Value::from(candidate.members));
            put(&mut self.members, "candidates", candidates.collect());
        }
        self.members.into()
    }
}

impl Stream {
    fn add_candidate(&mut self, position: usize, delta: Map<String, Value>) -> Result<(), Failure> {
        let index = delta.get("index").and_then(Value::as_u64);
        let index = index.unwrap_or(position as u64);
        let at = self.candidates.partition_point(|(known, _)| *known < index);
        if self.candidates.get(at).is_none_or(|(known, _)| *known != index) {
            self.candidates.insert(at, (index, Candidate::default()));
        }
        match self.candidates.get_mut(at) {
            Some((_, candidate)) => candidate.extend(delta),
            None => Ok(()),
        }
    }
}

impl Candidate {
    /// Adds a piece.
    fn extend(&mut self, delta: Map<String, Value>) -> Result<(), Failure> {
        for (name, value) in delta {
            let is_repeated = REPEATED.contains(&name.as_str());
            if value.is_null() {
                continue;
            }
            if is_repeated {
                let seen = format!("{name}{value}");
                let length = seen.len();
                if !self.seen.insert(seen) {
                    continue;
                }
                self.size_of_seen += length;
            }
            if name == "content" {
                let known = self.members.entry(name).or_insert(Value::Null);
                extend_content(known, value)?;
                continue;
            }
            let Some(known) = self.members.get_mut(&name) else {
                self.members.insert(name, value);
                continue;
            };
            match (name.as_str(), value) {
                ("logprobsResult", Value::Object(more)) => extend_lists(known, more),
                (_, value) if is_repeated => repeat(known, value),
                (_, value) => replace(&mut self.members, name, value),
            }
        }
        Ok(())
    }
}

fn extend_content(content: &mut Value, more: Value) -> Result<(), Failure> {
    let Value::Object(more) = more else {
        return Ok(());
    };
    if !content.is_object() {
        *content = Value::Object(Map::new());
    }
    let Value::Object(content) = content else {
        return Ok(());
    };
    for (name, value) in more {
        match value {
            Value::Array(more) if name == "parts" => {
                let parts = content.entry(name).or_insert(Value::Null);
                let is_first = !parts.is_array();
                if is_first {
                    *parts = Value::Array(Vec::new());
                }
                for part in more {
                    if let Value::Array(parts) = parts
                        && let Some(part) = partial_args::join(parts.last_mut(), part)?
                    {
                        if is_first {
                            parts.push(part);
                        } else {
                            add_part(parts, part);
                        }
                    }
                }
            }
            value => replace(content, name, value),
        }
    }
    Ok(())
}

/// Of what is not known to grow, the last value that says something counts.
fn replace(members: &mut Map<String, Value>, name: String, value: Value) {
    if !is_blank(&value) || members.get(&name).is_none_or(is_blank) {
        members.insert(name, value);
    }
}

/// A text goes on with the text before it, unless that has its signature already, which is the end of a part
/// (<https://ai.google.dev/gemini-api/docs/thought-signatures>).
fn add_part(parts: &mut Vec<Value>, part: Value) {
    let is_text = |part: &Value| {
        let members = part.as_object();
        members.is_some_and(|members| {
            members.get("text").is_some_and(Value::is_string)
                && members
                    .keys()
                    .all(|name| matches!(name.as_str(), "text" | "thought" | "thoughtSignature"))
        })
    };
    let last = parts.last_mut().filter(|last| {
        is_text(last)
            && is_text(&part)
            && last.get("thoughtSignature").is_none()
            && last.get("thought") == part.get("thought")
    });
    match (last.and_then(Value::as_object_mut), part) {
        (Some(last), Value::Object(more)) => {
            for (name, value) in more {
                match (last.get_mut(&name), value) {
                    (Some(Value::String(text)), Value::String(more)) if name == "text" => {
                        text.push_str(&more)
                    }
                    (_, value) => {
                        last.insert(name, value);
                    }
                }
            }
        }
        (_, part) => parts.push(part),
    }
}

fn extend_lists(known: &mut Value, more: Map<String, Value>) {
    let Value::Object(known) = known else { return };
    for (name, value) in more {
        match (known.get_mut(&name), value) {
            (Some(Value::Array(items)), Value::Array(more)) => items.extend(more),
            (_, value) => replace(known, name, value),
        }
    }
}

/// Makes a list of what came more than once.
fn repeat(known: &mut Value, value: Value) {
    match known {
        Value::Array(items) => items.push(value),
        one => *one = Value::Array(vec![one.take(), value]),
    }
}
