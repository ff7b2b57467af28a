//! What the chunks of a stream come to, as far as they have come.

use indexmap::IndexMap;
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::base64;
use super::growth::{List, Place};
use super::items;
use super::members::{Members, says_nothing};
use super::text::Text;

/// The members of an object in the order in which they came first.
pub(super) type Object = IndexMap<String, Node>;

#[derive(Debug)]
pub(super) enum Node {
    /// As it came: a number keeps its spelling.
    Raw(Box<RawValue>),
    Text(Text),
    Base64(Text),
    List(Vec<Node>),
    Object(Object),
}

/// What lies deeper is taken as it is.
pub(super) const DEEPEST: usize = 32;

/// Takes a piece of an object.
///
/// # Errors
///
/// serde_json's, where it is not JSON.
pub(super) fn merge(
    known: &mut Object,
    piece: &Members<'_>,
    place: Place,
    deepest: usize,
) -> serde_json::Result<()> {
    for (at, (name, raw)) in piece.iter().enumerate() {
        add(known, at, name, raw, place, deepest)?;
    }
    Ok(())
}

/// The member of this name, which is likely to be at this place.
pub(super) fn slot<'a>(known: &'a mut Object, at: usize, name: &str) -> Option<&'a mut Node> {
    match known.get_index(at).is_some_and(|(known, _)| known == name) {
        true => known.get_index_mut(at).map(|(_, node)| node),
        false => known.get_mut(name),
    }
}

/// Takes a member of a piece, which is the one at this place.
///
/// # Errors
///
/// serde_json's, where it is not JSON.
pub(super) fn add(
    known: &mut Object,
    at: usize,
    name: &str,
    raw: &RawValue,
    place: Place,
    deepest: usize,
) -> serde_json::Result<()> {
    let Some(deepest) = deepest.checked_sub(1) else {
        replace(known, name, Node::Raw(raw.to_owned()));
        return Ok(());
    };
    let slot = slot(known, at, name);
    if matches!(&slot, Some(Node::Raw(known)) if known.get() == raw.get()) {
        return Ok(()); // what most members are
    }
    if says_nothing(raw) || place == Place::Top && is_zero(raw) {
        if slot.is_none() {
            known.insert(name.to_owned(), Node::Raw(raw.to_owned()));
        }
        return Ok(());
    }
    let list = place.list(name);
    match (raw.get().as_bytes().first(), slot) {
        (Some(b'"'), Some(Node::Text(text) | Node::Base64(text))) if place.grows(name) => text.push(raw)?,
        (Some(b'"'), Some(slot @ (Node::List(_) | Node::Object(_)))) if list == List::Parts => {
            let mut parts = slot.take_list();
            items::add_text(&mut parts, raw)?;
            *slot = Node::List(parts);
        }
        (Some(b'"'), _) if place.grows(name) => {
            let text = Text::of(raw)?;
            let text = match place.is_base64(name) {
                true => Node::Base64(text),
                false => Node::Text(text),
            };
            replace(known, name, text);
        }
        (Some(b'['), slot) if list != List::Last => {
            let pieces: Vec<&RawValue> = serde_json::from_str(raw.get())?;
            let mut known_items = slot.map(Node::take_list).unwrap_or_default();
            items::add(&mut known_items, &pieces, list, deepest)?;
            replace(known, name, Node::List(known_items));
        }
        (Some(b'{'), slot) if is_item(list, name, slot.as_deref()) => {
            let mut known_items = slot.map(Node::take_list).unwrap_or_default();
            items::add(&mut known_items, &[raw], list, deepest)?;
            replace(known, name, Node::List(known_items));
        }
        (Some(b'{'), slot) => {
            let piece: Members<'_> = serde_json::from_str(raw.get())?;
            let inside = place.inside(name);
            match slot {
                Some(Node::Object(object)) => merge(object, &piece, inside, deepest)?,
                _ => {
                    let object = Node::Object(object_of(&piece, inside, deepest)?);
                    replace(known, name, object);
                }
            }
        }
        _ => replace(known, name, Node::Raw(raw.to_owned())),
    }
    Ok(())
}

/// A new object.
///
/// # Errors
///
/// serde_json's, where it is not JSON.
pub(super) fn object_of(piece: &Members<'_>, place: Place, deepest: usize) -> serde_json::Result<Object> {
    let mut object = Object::new();
    merge(&mut object, piece, place, deepest)?;
    Ok(object)
}

/// Whether an object in the place of a list is an item of it.
fn is_item(list: List, name: &str, known: Option<&Node>) -> bool {
    match list {
        List::Calls => true,
        List::Parts => name == "content" || matches!(known, Some(Node::Text(_) | Node::List(_))),
        List::Things | List::More | List::Last => false,
    }
}

/// A value keeps the place of the one that it comes for.
fn replace(known: &mut Object, name: &str, node: Node) {
    match known.get_mut(name) {
        Some(slot) => *slot = node,
        None => {
            known.insert(name.to_owned(), node);
        }
    }
}

impl Node {
    /// Whether there is more than null, or something empty.
    pub(super) fn is_said(&self) -> bool {
        match self {
            Self::Raw(raw) => !says_nothing(raw),
            Self::Text(text) | Self::Base64(text) => text.len() > 0,
            Self::List(items) => !items.is_empty(),
            Self::Object(members) => !members.is_empty(),
        }
    }

    /// Leaves nothing behind; what has come before in the place of a list is its first part.
    fn take_list(&mut self) -> Vec<Self> {
        match std::mem::replace(self, Self::List(Vec::new())) {
            Self::List(items) => items,
            Self::Text(text) => vec![items::text_part(text)],
            object @ Self::Object(_) => vec![object],
            Self::Raw(_) | Self::Base64(_) => Vec::new(),
        }
    }
}

fn is_zero(raw: &RawValue) -> bool {
    raw.get().starts_with('0') && raw.get().parse() == Ok(0.0)
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Raw(raw) => raw.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(&text.read()),
            Self::Base64(text) => serializer.serialize_str(&base64::joined(text.read())),
            Self::List(items) => serializer.collect_seq(items),
            Self::Object(members) => serializer.collect_map(members),
        }
    }
}
