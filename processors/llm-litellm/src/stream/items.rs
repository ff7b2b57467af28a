//! Lists of which a chunk has pieces: which piece goes on with which item.

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::growth::{List, Place, is_joined};
use super::members::{Members, says_nothing};
use super::node::{Node, Object, merge, object_of};
use super::text::Text;

/// Takes the pieces of a list.
///
/// # Errors
///
/// serde_json's, where they are not JSON.
pub(super) fn add(
    known: &mut Vec<Node>,
    pieces: &[&RawValue],
    list: List,
    deepest: usize,
) -> serde_json::Result<()> {
    for raw in pieces {
        if list == List::More || !raw.get().starts_with('{') {
            match (list, raw.get().starts_with('"')) {
                (List::Parts, true) => add_text(known, raw)?,
                _ if list != List::More && (says_nothing(raw) || is_known(known, raw)) => {}
                _ => known.push(Node::Raw((*raw).to_owned())),
            }
            continue;
        }
        let mut piece: Members<'_> = serde_json::from_str(raw.get())?;
        let place = match list {
            List::Calls => Place::Call,
            List::Parts => Place::Part,
            List::Things | List::More | List::Last => Place::Whole,
        };
        let at = match list {
            List::Calls => call(known, &piece),
            List::Parts => item(known, &piece).or_else(|| neighbour(known, &piece)),
            List::Things | List::More | List::Last => item(known, &piece),
        };
        match at.and_then(|at| known.get_mut(at)) {
            Some(Node::Object(object)) => {
                for name in ["id", "index"] {
                    if object.get(name).is_some_and(|known| known.said().is_some()) {
                        piece.remove(name); // what it is known by stays
                    }
                }
                merge(object, &piece, place, deepest)?;
            }
            _ if list == List::Things && piece.said("id").or(piece.said("index")).is_none() => {
                if !is_known(known, raw) {
                    known.push(Node::Raw((*raw).to_owned()));
                }
            }
            _ => known.push(Node::Object(object_of(&piece, place, deepest)?)),
        }
    }
    Ok(())
}

/// Takes a piece of text where there is a list of parts.
///
/// # Errors
///
/// serde_json's, where it is no text.
pub(super) fn add_text(parts: &mut Vec<Node>, raw: &RawValue) -> serde_json::Result<()> {
    if let Some(Node::Object(last)) = parts.last_mut()
        && last.get("type").and_then(Node::said) == Some(r#""text""#)
        && let Some(Node::Text(text)) = last.get_mut("text")
    {
        return text.push(raw);
    }
    parts.push(text_part(Text::of(raw)?));
    Ok(())
}

/// A text as a part.
pub(super) fn text_part(text: Text) -> Node {
    let kind = serde_json::value::to_raw_value("text").map(Node::Raw);
    let members = kind.into_iter().map(|kind| ("type".to_owned(), kind));
    Node::Object(members.chain([("text".to_owned(), Node::Text(text))]).collect())
}

/// The call that a piece of one goes on with; `None` where it begins another.
fn call(known: &[Node], piece: &Members<'_>) -> Option<usize> {
    let last = known.len().checked_sub(1)?;
    let index = piece.said("index");
    let at_index = index.and_then(|_| position(known, |call| call.member("index") == index));
    let id = piece.said("id");
    if id.is_some()
        && let Some(at) = position(known, |call| call.member("id") == id)
    {
        return Some(at);
    }
    let function = Function::of(piece);
    // what can be no beginning goes on with the last
    let can_begin = function.name.is_some() || id.is_some() && function.arguments.is_none();
    let at = match index {
        Some(_) if can_begin => at_index?,
        _ => at_index.unwrap_or(last),
    };
    let call = known.get(at)?;
    let goes_on = match (id, call.member("id"), &function.name) {
        // some services make another id for each piece
        (Some(_), Some(_), name) => name.is_none() && function.arguments.is_some(),
        (_, _, None) => true,
        (_, _, Some(name)) => match call.name() {
            None => true,
            // the name comes again, unless it is a call of the same tool
            Some(known) => {
                (index.is_some() || known == *name)
                    && !(function.arguments.is_some() && call.has_whole_arguments())
            }
        },
    };
    goes_on.then_some(at)
}

/// The item that has the id of the piece, else its type and index.
fn item(known: &[Node], piece: &Members<'_>) -> Option<usize> {
    let (id, index) = (piece.said("id"), piece.said("index"));
    let by_id = id.and_then(|_| position(known, |item| item.member("id") == id && item.is_like(piece)));
    by_id.or_else(|| {
        index?;
        position(known, |item| {
            item.member("index") == index
                && item.is_like(piece)
                && (id.is_none() || item.member("id").is_none())
        })
    })
}

/// The last part, if the piece is the next of the same text: it says neither which it belongs to nor that it is another.
fn neighbour(known: &[Node], piece: &Members<'_>) -> Option<usize> {
    let at = known.len().checked_sub(1)?;
    let last = known.get(at)?;
    let Node::Object(members) = last else { return None };
    let is_own = piece.said("index").is_some() || piece.said("id").is_some() && last.member("id").is_some();
    let has_text = piece
        .iter()
        .any(|(name, raw)| is_joined(name) && !says_nothing(raw));
    let is_signed = last.member("signature").is_some(); // which is over the whole text
    let is_joined = members.keys().any(|name| is_joined(name));
    (!is_own && is_joined && last.is_like(piece) && !(has_text && is_signed)).then_some(at)
}

fn position(known: &[Node], is_it: impl Fn(&Node) -> bool) -> Option<usize> {
    known.iter().rposition(is_it)
}

fn is_known(known: &[Node], raw: &RawValue) -> bool {
    known
        .iter()
        .any(|item| matches!(item, Node::Raw(known) if known.get() == raw.get()))
}

/// What a piece says of what is called.
struct Function<'a> {
    name: Option<&'a str>,
    arguments: Option<&'a str>,
}

impl<'a> Function<'a> {
    fn of(piece: &Members<'a>) -> Self {
        let function = FUNCTIONS.iter().find_map(|name| piece.get(name));
        let function: Members<'a> = function
            .and_then(|raw| serde_json::from_str(raw.get()).ok())
            .unwrap_or_default();
        Self {
            name: function.said("name"),
            arguments: ARGUMENTS.iter().find_map(|name| function.said(name)),
        }
    }
}

const FUNCTIONS: [&str; 2] = ["function", "custom"];
const ARGUMENTS: [&str; 2] = ["arguments", "input"];

impl Node {
    /// As it stands, if it says something and came whole.
    fn said(&self) -> Option<&str> {
        match self {
            Self::Raw(raw) if !says_nothing(raw) => Some(raw.get()),
            _ => None,
        }
    }

    fn member(&self, name: &str) -> Option<&str> {
        self.members()?.get(name)?.said()
    }

    fn members(&self) -> Option<&Object> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// Whether a piece may be of the same type.
    fn is_like(&self, piece: &Members<'_>) -> bool {
        let (known, piece) = (self.member("type"), piece.said("type"));
        known.is_none() || piece.is_none() || known == piece
    }

    fn function(&self) -> Option<&Self> {
        FUNCTIONS.iter().find_map(|name| self.members()?.get(*name))
    }

    fn name(&self) -> Option<&str> {
        self.function()?.member("name")
    }

    fn has_whole_arguments(&self) -> bool {
        let arguments = self.function().and_then(Self::members).and_then(|function| {
            ARGUMENTS.iter().find_map(|name| match function.get(*name) {
                Some(Self::Text(text)) => Some(text.read()),
                _ => None,
            })
        });
        arguments.is_some_and(|arguments| serde_json::from_str::<IgnoredAny>(&arguments).is_ok())
    }
}
