//! Merges the deltas of a chunk into what has come before.

use serde_json::Result;
use serde_json::value::RawValue;

use super::growth::{List, Location};
use super::items::Items;
use super::matching::{find_call, find_item, find_neighbour};
use super::members::{Members, is_blank};
use super::node::{Node, Object, member_at, name_of};
use super::text::Text;

/// Values below this depth are taken as they are.
pub(super) const DEEPEST: usize = 32;

/// Merges a delta of an object.
///
/// # Errors
///
/// serde_json's, for invalid JSON.
pub(super) fn merge(
    object: &mut Object,
    delta: &Members<'_>,
    location: Location,
    depth_left: usize,
) -> Result<()> {
    for (at, (name, raw)) in delta.iter().enumerate() {
        merge_member(object, at, name, raw, location, depth_left)?;
    }
    Ok(())
}

/// Merges the member of a delta that is at this position.
///
/// # Errors
///
/// serde_json's, for invalid JSON.
pub(super) fn merge_member(
    object: &mut Object,
    at: usize,
    name: &str,
    raw: &RawValue,
    location: Location,
    depth_left: usize,
) -> Result<()> {
    let Some(depth_left) = depth_left.checked_sub(1) else {
        replace(object, name, Node::Raw(raw.to_owned()));
        return Ok(());
    };
    let known = member_at(object, at, name);
    if matches!(&known, Some(Node::Raw(known)) if known.get() == raw.get()) {
        return Ok(()); // true of most members
    }
    if is_blank(raw) || location == Location::Top && is_zero(raw) {
        if known.is_none() {
            object.insert(name_of(name), Node::Raw(raw.to_owned()));
        }
        return Ok(());
    }
    let list = location.list(name);
    match (raw.get().as_bytes().first(), known) {
        (Some(b'"'), Some(Node::Text(text) | Node::Base64(text))) if location.grows(name) => {
            text.push(raw)?;
        }
        (Some(b'"'), Some(known @ (Node::List(_) | Node::Object(_)))) if list == List::Parts => {
            let mut parts = known.take_list();
            add_text(&mut parts, raw)?;
            *known = parts.into();
        }
        (Some(b'"'), _) if location.grows(name) => {
            let text = Text::parse(raw)?;
            let is_base64 = location.is_base64(name);
            let text = if is_base64 {
                Node::Base64(text)
            } else {
                Node::Text(text)
            };
            replace(object, name, text);
        }
        (Some(b'['), known) if list != List::Replaced => {
            let deltas: Vec<&RawValue> = serde_json::from_str(raw.get())?;
            let mut items = known.map(Node::take_list).unwrap_or_default();
            merge_list(&mut items, &deltas, list, depth_left)?;
            replace(object, name, items.into());
        }
        (Some(b'{'), known) if is_item(list, name, known.as_deref()) => {
            let mut items = known.map(Node::take_list).unwrap_or_default();
            merge_list(&mut items, &[raw], list, depth_left)?;
            replace(object, name, items.into());
        }
        (Some(b'{'), known) => {
            let delta: Members<'_> = serde_json::from_str(raw.get())?;
            let inside = location.inside(name);
            if let Some(Node::Object(known)) = known {
                return merge(known, &delta, inside, depth_left);
            }
            replace(object, name, new_object(&delta, inside, depth_left)?);
        }
        _ => replace(object, name, Node::Raw(raw.to_owned())),
    }
    Ok(())
}

fn new_object(delta: &Members<'_>, location: Location, depth_left: usize) -> Result<Node> {
    let mut object = Object::new();
    merge(&mut object, delta, location, depth_left)?;
    Ok(object.into())
}

/// Whether an object in the place of a list is an item of it.
fn is_item(list: List, name: &str, known: Option<&Node>) -> bool {
    match list {
        List::Calls => true,
        List::Parts => name == "content" || matches!(known, Some(Node::Text(_) | Node::List(_))),
        List::Unique | List::Appended | List::Replaced => false,
    }
}

/// A new value keeps the position of the old one.
fn replace(object: &mut Object, name: &str, node: Node) {
    match object.get_mut(name) {
        Some(known) => *known = node,
        None => {
            object.insert(name_of(name), node);
        }
    }
}

fn is_zero(raw: &RawValue) -> bool {
    raw.get().starts_with('0') && raw.get().parse() == Ok(0.0)
}

fn merge_list(items: &mut Items<Node>, deltas: &[&RawValue], list: List, depth_left: usize) -> Result<()> {
    for raw in deltas {
        if list != List::Appended {
            items.enter();
        }
        if list == List::Appended || !raw.get().starts_with('{') {
            if list == List::Parts && raw.get().starts_with('"') {
                add_text(items, raw)?;
            } else if list == List::Appended || !is_blank(raw) && !items.has_raw(raw) {
                items.push(Node::Raw((*raw).to_owned()));
            }
            continue;
        }
        let mut delta: Members<'_> = serde_json::from_str(raw.get())?;
        let (location, at) = match list {
            List::Calls => (Location::Call, find_call(items, &delta)),
            List::Parts => {
                let at = find_item(items, &delta).or_else(|| find_neighbour(items, &delta));
                (Location::Part, at)
            }
            List::Unique | List::Appended | List::Replaced => (Location::Whole, find_item(items, &delta)),
        };
        match at.and_then(|at| Some((at, items.get_mut(at)?))) {
            Some((at, Node::Object(item))) => {
                for name in ["id", "index"] {
                    if item.get(name).is_some_and(|known| known.value().is_some()) {
                        delta.remove(name); // an item keeps its identity
                    }
                }
                merge(item, &delta, location, depth_left)?;
                items.reenter(at);
            }
            _ if list == List::Unique && delta.value("id").or(delta.value("index")).is_none() => {
                if !items.has_raw(raw) {
                    items.push(Node::Raw((*raw).to_owned()));
                }
            }
            _ => items.push(new_object(&delta, location, depth_left)?),
        }
    }
    Ok(())
}

/// Adds a text to a list of parts.
fn add_text(parts: &mut Items<Node>, raw: &RawValue) -> Result<()> {
    if let Some(Node::Object(last)) = parts.last_mut()
        && last.get("type").and_then(Node::value) == Some(r#""text""#)
        && let Some(Node::Text(text)) = last.get_mut("text")
    {
        return text.push(raw);
    }
    parts.push(Node::from_text(Text::parse(raw)?));
    Ok(())
}
