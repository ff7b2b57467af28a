//! The completion that the chunks of a stream come to.

use std::collections::BTreeMap;

use serde_json::value::{RawValue, to_raw_value};

use super::growth::Place;
use super::members::{Members, says_nothing};
use super::node::{DEEPEST, Node, Object, add, merge, slot};
use super::surrogates;
use crate::completion;

/// A completion that is not whole yet.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    /// All members; that of the choices keeps their place.
    members: Object,
    choices: BTreeMap<u64, Choice>,
    /// How many pieces of a message came.
    pub(super) pieces: u64,
}

#[derive(Debug, Default)]
struct Choice {
    /// All members; that of the message keeps its place.
    members: Object,
    message: Object,
    /// The message as it is told whole, which Perplexity does beside each piece of it.
    told: Option<Box<RawValue>>,
}

impl Assembly {
    /// Adds a chunk.
    ///
    /// # Errors
    ///
    /// serde_json's, where its choices are none.
    pub(super) fn add(&mut self, chunk: &Members<'_>) -> serde_json::Result<()> {
        for (at, (name, raw)) in chunk.iter().enumerate() {
            match name {
                name @ "choices" => {
                    hold(&mut self.members, at, name);
                    let choices: Option<Vec<Option<Members<'_>>>> = serde_json::from_str(raw.get())?;
                    for (position, choice) in (0..).zip(choices.into_iter().flatten()) {
                        if let Some(choice) = choice {
                            self.add_choice(position, &choice)?;
                        }
                    }
                }
                name => add(&mut self.members, at, name, raw, Place::Top, DEEPEST)?,
            }
        }
        Ok(())
    }

    fn add_choice(&mut self, position: u64, choice: &Members<'_>) -> serde_json::Result<()> {
        let index = completion::index(choice.get("index"), position);
        let known = self.choices.entry(index).or_default();
        for (at, (name, raw)) in choice.iter().enumerate() {
            match name {
                name @ "index" => hold(&mut known.members, at, name),
                "delta" => {
                    let delta: Option<Members<'_>> = serde_json::from_str(raw.get())?;
                    let delta = delta.unwrap_or_default();
                    self.pieces += u64::from(!delta.is_empty());
                    hold(&mut known.members, at, "message");
                    merge(&mut known.message, &delta, Place::Message, DEEPEST)?;
                }
                "message" => {
                    hold(&mut known.members, at, "message");
                    known.told = Some(raw.to_owned())
                        .filter(|raw| !says_nothing(raw))
                        .or(known.told.take());
                }
                name => add(&mut known.members, at, name, raw, Place::Choice, DEEPEST)?,
            }
        }
        Ok(())
    }

    /// Whether each choice has said why it ended.
    pub(super) fn is_finished(&self) -> bool {
        let mut choices = self.choices.values();
        !self.choices.is_empty()
            && choices.all(|choice| choice.members.get("finish_reason").is_some_and(Node::is_said))
    }

    /// The whole completion.
    ///
    /// # Errors
    ///
    /// serde_json's.
    pub(super) fn finish(mut self) -> serde_json::Result<Vec<u8>> {
        let mut choices = Vec::with_capacity(self.choices.len());
        for (index, choice) in self.choices {
            choices.push(Node::Object(choice.finish(index)?));
        }
        self.members.insert("choices".to_owned(), Node::List(choices));
        let object = Node::Raw(to_raw_value("chat.completion")?);
        self.members.insert("object".to_owned(), object);
        serde_json::to_vec(&Node::Object(self.members)).map(surrogates::mend)
    }
}

impl Choice {
    /// What the pieces did not tell is as the whole message tells it.
    fn finish(mut self, index: u64) -> serde_json::Result<Object> {
        let told: Option<Members<'_>> = match &self.told {
            Some(told) => serde_json::from_str(told.get())?,
            None => None,
        };
        for (name, raw) in told.iter().flat_map(Members::iter) {
            if !self.message.get(name).is_some_and(Node::is_said) {
                self.message.insert(name.to_owned(), Node::Raw(raw.to_owned()));
            }
        }
        self.members
            .insert("message".to_owned(), Node::Object(self.message));
        let index = Node::Raw(to_raw_value(&index)?);
        match self.members.get_mut("index") {
            Some(held) => *held = index,
            None => {
                self.members.shift_insert(0, "index".to_owned(), index);
            }
        }
        Ok(self.members)
    }
}

/// Keeps a place for what is known at the end.
fn hold(members: &mut Object, at: usize, name: &str) {
    if slot(members, at, name).is_none() {
        members.insert(name.to_owned(), Node::List(Vec::new()));
    }
}
