//! The arguments of a call that come in pieces:
//! <https://docs.cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling#streaming-fc>.

use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::native::object::{object, put};

const CALL: &str = "functionCall";
const CONTINUES: &str = "willContinue";
const PIECES: &str = "partialArgs";
const KINDS: [&str; 4] = ["stringValue", "numberValue", "boolValue", "nullValue"];

/// Adds a part to the call before it, if it is a piece of that; returns every other part.
///
/// # Errors
///
/// `ERR_PROVIDER_RESPONSE` for a piece without a place.
pub(super) fn join(last: Option<&mut Value>, mut part: Value) -> Result<Option<Value>, Failure> {
    let Some(piece) = part.get_mut(CALL).and_then(Value::as_object_mut) else {
        return Ok(Some(part));
    };
    let given = piece.shift_remove(PIECES);
    let is_new = piece.get("name").is_some_and(|name| name != "");
    let continued = last.filter(|last| !is_new && continues(last));
    let call = continued.and_then(|last| last.get_mut(CALL)?.as_object_mut());
    let is_piece = call.is_some();
    let goes_on = piece.shift_remove(CONTINUES);
    let call = call.unwrap_or(piece);
    match goes_on {
        Some(goes_on) => put(call, CONTINUES, goes_on),
        None => drop(call.shift_remove(CONTINUES)),
    }
    for piece in given.iter().filter_map(Value::as_array).flatten() {
        let lost = || {
            Failure::from_stream("a stream with a piece of a call's arguments that has no place; ask again")
        };
        add(call, piece).ok_or_else(lost)?;
    }
    Ok((!is_piece).then_some(part))
}

/// Whether the arguments of a part's call are yet to come.
fn continues(part: &Value) -> bool {
    part.get(CALL).and_then(|call| call.get(CONTINUES)) == Some(&Value::Bool(true))
}

/// A text goes on with the text that is there.
fn add(call: &mut Map<String, Value>, piece: &Value) -> Option<()> {
    let path = piece.get("jsonPath")?.as_str()?.strip_prefix('$')?;
    let kind = KINDS.iter().find(|kind| piece.get(**kind).is_some())?;
    let arguments = call.entry("args").or_insert_with(|| object([]));
    match (place(arguments, path)?, piece.get(*kind)?) {
        (Value::String(text), Value::String(more)) if *kind == "stringValue" => text.push_str(more),
        (place, _) if *kind == "nullValue" => *place = Value::Null,
        (place, value) => *place = value.clone(),
    }
    Some(())
}

/// The place that the rest of a path such as `.a.b[0]` leads to.
fn place<'a>(mut value: &'a mut Value, mut path: &str) -> Option<&'a mut Value> {
    while !path.is_empty() {
        if let Some(rest) = path.strip_prefix('.') {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            value = member(value, name)?;
            path = after;
            continue;
        }
        let (index, after) = path.strip_prefix('[')?.split_once(']')?;
        let name = index.trim_matches(['\'', '"']);
        value = if name.len() < index.len() {
            member(value, name)?
        } else {
            item(value, index.parse().ok()?)?
        };
        path = after;
    }
    Some(value)
}

fn member<'a>(value: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    if value.is_null() {
        *value = object([]);
    }
    Some(value.as_object_mut()?.entry(name).or_insert(Value::Null))
}

/// An item that is there, or the next one.
fn item(value: &mut Value, index: usize) -> Option<&mut Value> {
    if value.is_null() {
        *value = Value::Array(Vec::new());
    }
    let items = value.as_array_mut()?;
    if index == items.len() {
        items.push(Value::Null);
    }
    items.get_mut(index)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn joined(pieces: Value) -> Option<Value> {
        let mut parts: Vec<Value> = Vec::new();
        for piece in pieces.as_array().unwrap() {
            let part = join(parts.last_mut(), json!({ "functionCall": piece })).ok()?;
            parts.extend(part);
        }
        Some(parts.iter().map(|part| part["functionCall"].clone()).collect())
    }

    #[test]
    fn pieces_are_one_call() {
        let text = |path: &str, text: &str| json!({"willContinue": true, "partialArgs": [{"jsonPath": path, "stringValue": text}]});
        let pieces = json!([
            {"name": "f", "willContinue": true}, text("$.a", "he"), text("$.a", "llo"), text("$.b[0]['c.d']", "x"),
            {"willContinue": true, "partialArgs": [{"jsonPath": "$.n", "numberValue": 1.5}, {"jsonPath": "$.b[1]", "boolValue": true},
                {"jsonPath": "$.z", "nullValue": "NULL_VALUE"}]},
            {}, {"name": "g", "partialArgs": [{"jsonPath": "$.a", "stringValue": "b"}]}, {"name": "h", "args": {"i": 1}},
        ]);
        let arguments = json!({"a": "hello", "b": [{"c.d": "x"}, true], "n": 1.5, "z": null});
        let calls = json!([{"name": "f", "args": arguments}, {"name": "g", "args": {"a": "b"}}, {"name": "h", "args": {"i": 1}}]);
        assert_eq!(joined(pieces), Some(calls));
    }

    #[test]
    fn pieces_without_a_place_are_refused() {
        for piece in [
            json!({"jsonPath": "a", "stringValue": "x"}),
            json!({"jsonPath": "$.a[7]", "stringValue": "x"}),
            json!({"jsonPath": "$.a.b.", "x": 1}),
            json!({"stringValue": "x"}),
            json!(7),
        ] {
            let pieces = json!([{"name": "f", "partialArgs": [piece]}]);
            assert_eq!(joined(pieces), None, "{piece}");
        }
    }
}
