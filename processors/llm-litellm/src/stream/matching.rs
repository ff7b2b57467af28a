//! Which item of a list a delta continues.

use serde::de::IgnoredAny;

use super::growth::is_joined;
use super::items::{Item as _, Items};
use super::members::{Members, is_blank};
use super::node::Node;

const FUNCTIONS: [&str; 2] = ["function", "custom"];
const ARGUMENTS: [&str; 2] = ["arguments", "input"];

/// The call that a delta continues; `None` if it begins another.
pub(super) fn find_call(calls: &Items<Node>, delta: &Members<'_>) -> Option<usize> {
    let last = calls.len().checked_sub(1)?;
    let index = delta.value("index");
    let at_index = index.and_then(|index| calls.find("index", index, |_| true));
    let id = delta.value("id");
    if let Some(at) = id.and_then(|id| calls.find("id", id, |_| true)) {
        return Some(at);
    }
    let function = FUNCTIONS.iter().find_map(|name| delta.get(name));
    let function = function.and_then(|raw| serde_json::from_str::<Members<'_>>(raw.get()).ok());
    let function = function.unwrap_or_default();
    let name = function.value("name");
    let has_arguments = ARGUMENTS.iter().any(|name| function.value(name).is_some());
    // a delta that cannot begin a call continues the last one
    let can_begin = name.is_some() || id.is_some() && !has_arguments;
    let at = match index {
        Some(_) if can_begin => at_index?,
        _ => at_index.unwrap_or(last),
    };
    let call = calls.get(at)?;
    let continues = match (id, call.member("id"), name) {
        // some services make another id for each delta
        (Some(_), Some(_), name) => name.is_none() && has_arguments,
        (_, _, None) => true,
        (_, _, Some(name)) => call_name(call).is_none_or(|known| {
            // the name is repeated, unless this is another call of the same tool
            (index.is_some() || known == name) && !(has_arguments && has_whole_arguments(call))
        }),
    };
    continues.then_some(at)
}

/// The item with the id of the delta, else with its type and index.
pub(super) fn find_item(items: &Items<Node>, delta: &Members<'_>) -> Option<usize> {
    let (id, index) = (delta.value("id"), delta.value("index"));
    let by_id = id.and_then(|id| items.find("id", id, |item| is_like(item, delta)));
    by_id.or_else(|| {
        items.find("index", index?, |item| {
            is_like(item, delta) && (id.is_none() || item.member("id").is_none())
        })
    })
}

/// The last part, if the delta continues its text: without an identity of its own, and not of another type.
pub(super) fn find_neighbour(parts: &Items<Node>, delta: &Members<'_>) -> Option<usize> {
    let at = parts.len().checked_sub(1)?;
    let last = parts.get(at)?;
    let members = last.members()?;
    let is_own = delta.value("index").is_some() || delta.value("id").is_some() && last.member("id").is_some();
    let has_text = delta.iter().any(|(name, raw)| is_joined(name) && !is_blank(raw));
    let is_signed = last.member("signature").is_some(); // the signature covers the whole text
    let is_text = members.keys().any(|name| is_joined(name));
    (!is_own && is_text && is_like(last, delta) && !(has_text && is_signed)).then_some(at)
}

/// Whether an item and a delta may be of one type.
fn is_like(item: &Node, delta: &Members<'_>) -> bool {
    let (known, new) = (item.member("type"), delta.value("type"));
    known.is_none() || new.is_none() || known == new
}

fn function(call: &Node) -> Option<&Node> {
    FUNCTIONS.iter().find_map(|name| call.members()?.get(*name))
}

fn call_name(call: &Node) -> Option<&str> {
    function(call)?.member("name")
}

fn has_whole_arguments(call: &Node) -> bool {
    let arguments = function(call).and_then(Node::members).and_then(|function| {
        ARGUMENTS.iter().find_map(|name| match function.get(*name) {
            // most deltas end within, and the text may be long
            Some(Node::Text(text)) if text.ends_with_any(b"}]") => Some(text.decode()),
            _ => None,
        })
    });
    arguments.is_some_and(|arguments| serde_json::from_str::<IgnoredAny>(&arguments).is_ok())
}
