//! The completion that the chunks of a stream make.

use std::collections::BTreeMap;

use serde_json::value::{RawValue, to_raw_value};

use super::growth::Location;
use super::items::Items;
use super::members::{Members, is_blank};
use super::merge::{DEEPEST, merge, merge_member};
use super::node::{self, Node, Object, member_at, name_of};
use crate::completion;
use crate::surrogates;

/// What a choice takes beside its members, in bytes, about.
const CHOICE: usize = 700;

/// A completion, as far as it has come.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    /// With a placeholder for the choices.
    members: Object,
    choices: BTreeMap<u64, Choice>,
    /// How many deltas of a message have come.
    pub(super) deltas: u64,
}

#[derive(Debug, Default)]
struct Choice {
    /// With a placeholder for the message.
    members: Object,
    message: Object,
    /// The whole message, which Perplexity sends beside each delta.
    whole_message: Option<Box<RawValue>>,
}

impl Assembly {
    /// Adds a chunk.
    ///
    /// # Errors
    ///
    /// serde_json's, for choices that cannot be read.
    pub(super) fn add(&mut self, chunk: &Members<'_>) -> serde_json::Result<()> {
        for (at, (name, raw)) in chunk.iter().enumerate() {
            if name != "choices" {
                merge_member(&mut self.members, at, name, raw, Location::Top, DEEPEST)?;
                continue;
            }
            reserve(&mut self.members, at, name);
            let choices: Option<Vec<Option<Members<'_>>>> = serde_json::from_str(raw.get())?;
            for (position, choice) in (0..).zip(choices.into_iter().flatten()) {
                if let Some(choice) = choice {
                    self.add_choice(position, &choice)?;
                }
            }
        }
        Ok(())
    }

    fn add_choice(&mut self, position: u64, choice: &Members<'_>) -> serde_json::Result<()> {
        let index = completion::index(choice.get("index"), position);
        let known = self.choices.entry(index).or_default();
        for (at, (name, raw)) in choice.iter().enumerate() {
            match name {
                "index" => reserve(&mut known.members, at, name),
                "delta" => {
                    let delta: Option<Members<'_>> = serde_json::from_str(raw.get())?;
                    let delta = delta.unwrap_or_default();
                    self.deltas += u64::from(!delta.is_empty());
                    reserve(&mut known.members, at, "message");
                    merge(&mut known.message, &delta, Location::Message, DEEPEST)?;
                }
                "message" => {
                    reserve(&mut known.members, at, "message");
                    if !is_blank(raw) {
                        known.whole_message = Some(raw.to_owned());
                    }
                }
                name => merge_member(&mut known.members, at, name, raw, Location::Choice, DEEPEST)?,
            }
        }
        Ok(())
    }

    /// Whether each choice has a finish reason.
    pub(super) fn is_finished(&self) -> bool {
        let reason = |choice: &Choice| {
            let reason = choice.members.get("finish_reason");
            reason.is_some_and(|reason| !reason.is_blank())
        };
        !self.choices.is_empty() && self.choices.values().all(reason)
    }

    /// How much memory it takes so far, in bytes, about.
    pub(super) fn size(&self) -> usize {
        let choices = self.choices.values().map(|choice| {
            let whole = choice.whole_message.as_ref().map_or(0, |raw| raw.get().len());
            CHOICE + whole + node::size(&choice.members) + node::size(&choice.message)
        });
        node::size(&self.members) + choices.sum::<usize>()
    }

    /// The whole completion.
    ///
    /// # Errors
    ///
    /// serde_json's.
    pub(super) fn finish(mut self) -> serde_json::Result<Vec<u8>> {
        let mut choices = Vec::with_capacity(self.choices.len());
        for (index, choice) in self.choices {
            choices.push(choice.finish(index)?.into());
        }
        self.members
            .insert(name_of("choices"), Items::from(choices).into());
        let object = Node::Raw(to_raw_value("chat.completion")?);
        self.members.insert(name_of("object"), object);
        serde_json::to_vec(&Node::from(self.members)).map(surrogates::replace_lone)
    }
}

impl Choice {
    /// Members that no delta had come from the whole message.
    fn finish(mut self, index: u64) -> serde_json::Result<Object> {
        let whole = self.whole_message.as_deref().map_or("null", RawValue::get);
        let whole: Option<Members<'_>> = serde_json::from_str(whole)?;
        for (name, raw) in whole.iter().flat_map(Members::iter) {
            if self.message.get(name).is_none_or(Node::is_blank) {
                self.message.insert(name_of(name), Node::Raw(raw.to_owned()));
            }
        }
        self.members.insert(name_of("message"), self.message.into());
        let index = Node::Raw(to_raw_value(&index)?);
        match self.members.get_mut("index") {
            Some(reserved) => *reserved = index,
            None => {
                self.members.shift_insert(0, name_of("index"), index);
            }
        }
        Ok(self.members)
    }
}

/// Reserves the position of a member that is known at the end.
fn reserve(members: &mut Object, at: usize, name: &str) {
    if member_at(members, at, name).is_none() {
        members.insert(name_of(name), Node::List(Box::default()));
    }
}
