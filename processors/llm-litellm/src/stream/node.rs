//! A value of the completion, as far as it has come.

use std::borrow::Cow;

use indexmap::IndexMap;
use serde::ser::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use super::base64;
use super::items::{Item, Items};
use super::members::is_blank;
use super::text::Text;

/// The members of an object in the order in which they came first.
pub(super) type Object = IndexMap<Cow<'static, str>, Node>;

/// What a node takes beside its text and members, in bytes, about: its place among others, and what finds it again.
const EACH: usize = 120;
/// What an object takes more.
const OBJECT: usize = 160;

/// The names of most members, which take no memory.
const NAMES: [&str; 14] = [
    "index",
    "id",
    "type",
    "function",
    "name",
    "arguments",
    "text",
    "content",
    "message",
    "role",
    "finish_reason",
    "logprobs",
    "tool_calls",
    "object",
];

/// The name of a member.
pub(super) fn name_of(name: &str) -> Cow<'static, str> {
    let known = NAMES.into_iter().find(|known| *known == name);
    known.map_or_else(|| Cow::Owned(name.to_owned()), Cow::Borrowed)
}

/// Small, as a stream may make a million.
#[derive(Debug)]
pub(super) enum Node {
    /// As it came, so that a number keeps its spelling.
    Raw(Box<RawValue>),
    Text(Text),
    Base64(Text),
    List(Box<Items<Self>>),
    Object(Box<Object>),
}

impl Node {
    /// A part of a content with this text.
    pub(super) fn from_text(text: Text) -> Self {
        let part_type = to_raw_value("text").map(Self::Raw);
        let members = part_type.into_iter().map(|name| (name_of("type"), name));
        let members: Object = members.chain([(name_of("text"), Self::Text(text))]).collect();
        members.into()
    }

    /// Whether it is null, or an empty string, list or object.
    pub(super) fn is_blank(&self) -> bool {
        match self {
            Self::Raw(raw) => is_blank(raw),
            Self::Text(text) | Self::Base64(text) => text.is_empty(),
            Self::List(items) => items.len() == 0,
            Self::Object(members) => members.is_empty(),
        }
    }

    /// Takes the items of a list; a value that came in the place of the list is its first item.
    pub(super) fn take_list(&mut self) -> Items<Self> {
        match std::mem::replace(self, Self::List(Box::default())) {
            Self::List(items) => *items,
            Self::Text(text) => vec![Self::from_text(text)].into(),
            object @ Self::Object(_) => vec![object].into(),
            Self::Raw(_) | Self::Base64(_) => Items::default(),
        }
    }

    /// The JSON of a value that came whole, unless it is blank.
    pub(super) fn value(&self) -> Option<&str> {
        match self {
            Self::Raw(raw) if !is_blank(raw) => Some(raw.get()),
            _ => None,
        }
    }

    fn size(&self) -> usize {
        EACH + match self {
            Self::Raw(raw) => raw.get().len(),
            Self::Text(text) | Self::Base64(text) => text.len() * 3 / 2, // it has room to grow
            Self::List(items) => items.iter().map(Self::size).sum(),
            Self::Object(members) => OBJECT + size(members),
        }
    }

    pub(super) fn members(&self) -> Option<&Object> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }
}

impl Item for Node {
    fn member(&self, name: &str) -> Option<&str> {
        self.members()?.get(name)?.value()
    }

    fn raw(&self) -> Option<&str> {
        match self {
            Self::Raw(raw) => Some(raw.get()),
            _ => None,
        }
    }
}

impl From<Object> for Node {
    fn from(members: Object) -> Self {
        Self::Object(Box::new(members))
    }
}

impl From<Items<Self>> for Node {
    fn from(items: Items<Self>) -> Self {
        Self::List(Box::new(items))
    }
}

/// How much memory an object takes, in bytes, about.
pub(super) fn size(members: &Object) -> usize {
    let sizes = members.iter().map(|(name, node)| name.len() + node.size());
    sizes.sum()
}

/// The member of this name, which is likely to be at this position.
pub(super) fn member_at<'a>(object: &'a mut Object, at: usize, name: &str) -> Option<&'a mut Node> {
    if object.get_index(at).is_some_and(|(known, _)| known == name) {
        return object.get_index_mut(at).map(|(_, node)| node);
    }
    object.get_mut(name)
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Raw(raw) => raw.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(&text.decode()),
            Self::Base64(text) => serializer.serialize_str(&base64::join(text.decode())),
            Self::List(items) => serializer.collect_seq(items.iter()),
            Self::Object(members) => serializer.collect_map(members.iter()),
        }
    }
}
