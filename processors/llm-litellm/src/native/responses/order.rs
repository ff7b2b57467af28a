//! The order of an answer's items, which a chat completion loses, and whether a call is one of a custom tool. The model goes on only
//! from thoughts that stand before what they led to
//! (<https://platform.openai.com/docs/guides/reasoning#keeping-reasoning-items-in-context>). The order is kept in LiteLLM's form, so
//! that a conversation can go on with either.

use runtime::Hasher;
use serde_json::{Map, Value, json};

const REPLAY: &str = "openai_responses_replay";
pub(super) const SEARCHES: &str = "tool_search_items";

/// Items of other types. The name is not LiteLLM's, which drops them.
pub(super) const OTHERS: &str = "output_items";
/// It is among the images of the message.
const IMAGE: &str = "image_generation_call";

const CUSTOM_CALL: &str = "custom_tool_call";

/// The items of a message by what they are.
#[derive(Debug, Default)]
pub(super) struct Items {
    pub(super) reasoning: Vec<Value>,
    pub(super) calls: Vec<Value>,
    /// With the thoughts before them.
    pub(super) searches: Vec<Value>,
}

/// What is counted together, in the order in which they are sent without a known one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Search,
    Reasoning,
    Message,
    Call,
}

impl Kind {
    fn of(item: &Value) -> Option<Self> {
        Some(match item.get("type")?.as_str()? {
            "tool_search_call" | "tool_search_output" => Self::Search,
            "reasoning" => Self::Reasoning,
            "message" => Self::Message,
            "function_call" | CUSTOM_CALL => Self::Call,
            _ => return None,
        })
    }
}

pub(super) fn is_custom_call(item: &Value) -> bool {
    item.get("type").is_some_and(|kind| kind == CUSTOM_CALL)
}

/// The order of a whole output, if its message alone does not tell it; `None` also for one with items that no message has.
pub(super) fn of_output(output: &[Value], message: &Map<String, Value>) -> Option<Value> {
    let kinds = output.iter().map(Kind::of).collect::<Option<Vec<_>>>()?;
    let is_known = kinds.is_sorted() && kinds.iter().filter(|kind| **kind == Kind::Message).count() < 2;
    if is_known && !output.iter().any(is_custom_call) && !kinds.contains(&Kind::Search) {
        return None;
    }
    let mut text = String::new();
    let mut entries = Vec::new();
    for (position, (item, kind)) in output.iter().zip(&kinds).enumerate() {
        let entry = if *kind == Kind::Message {
            let parts = texts(item)?;
            parts.iter().for_each(|part| text.push_str(part));
            message_entry(&parts, item.get("phase"))
        } else {
            let before = kinds.iter().take(position).filter(|known| *known == kind);
            json!({"index": before.count(), "type": item.get("type")})
        };
        entries.push(entry);
    }
    // a structured answer has the first text alone
    if message.get("content").and_then(Value::as_str).unwrap_or_default() != text {
        return None;
    }
    let checksum = checksum(message, &entries);
    Some(json!({"version": 1, "items": entries, "checksum": checksum}))
}

/// Adds to the fields of a message what its output has beside: the order, the searches, and the items that no message has, such as
/// the work of hosted tools, or a call of a computer.
pub(super) fn add_fields(output: &[Value], is_completed: bool, message: &mut Map<String, Value>) {
    let is_search = |item: &Value| Kind::of(item) == Some(Kind::Search);
    let mut fields = match message.get("provider_specific_fields") {
        Some(Value::Object(fields)) => fields.clone(),
        _ => Map::new(),
    };
    if let Some(last) = output.iter().rposition(is_search) {
        let items = output.iter().take(last + 1);
        let items = items.filter(|item| is_search(item) || Kind::of(item) == Some(Kind::Reasoning));
        let items: Vec<_> = items.map(without_nulls).collect();
        fields.insert(SEARCHES.to_owned(), items.into());
        message.insert("provider_specific_fields".to_owned(), fields.clone().into());
    }
    let others = output.iter().filter(|item| {
        let kind = item.get("type").and_then(Value::as_str);
        Kind::of(item).is_none() && kind.is_some_and(|kind| kind != IMAGE)
    });
    let others: Vec<_> = others.cloned().collect();
    if !others.is_empty() {
        fields.insert(OTHERS.to_owned(), others.into());
        message.insert("provider_specific_fields".to_owned(), fields.clone().into());
    }
    if let Some(order) = of_output(output, message).filter(|_| is_completed) {
        fields.insert(REPLAY.to_owned(), order);
        message.insert("provider_specific_fields".to_owned(), fields.into());
    }
}

/// The items of a message in the order of the answer that it was; `None` if that is not known, or the message has been changed.
pub(super) fn restored(message: &Value, items: &Items) -> Option<Vec<Value>> {
    let order = message.get("provider_specific_fields")?.get(REPLAY)?;
    let entries = order.get("items")?.as_array()?;
    let content = match message.get("content") {
        None | Some(Value::Null) => "",
        Some(content) => content.as_str()?,
    };
    let searches: Vec<_> = items
        .searches
        .iter()
        .filter(|item| Kind::of(item) == Some(Kind::Search))
        .collect();
    let mut text = content.chars();
    let mut next = [0_usize; 3];
    let mut all = Vec::new();
    for entry in entries {
        let (list, next): (Vec<&Value>, _) = match (Kind::of(entry)?, &mut next) {
            (Kind::Message, _) => {
                all.push(message_item(entry, &mut text)?);
                continue;
            }
            (Kind::Reasoning, [next, ..]) => (items.reasoning.iter().collect(), next),
            (Kind::Call, [_, next, _]) => (items.calls.iter().collect(), next),
            (Kind::Search, [.., next]) => (searches.clone(), next),
        };
        // each once, and in their order
        if entry.get("index")?.as_u64()? != *next as u64 {
            return None;
        }
        let item = *list.get(*next)?;
        *next += 1;
        all.push(if is_custom_call(entry) {
            custom_call(item)
        } else {
            item.clone()
        });
    }
    let lengths = [items.reasoning.len(), items.calls.len(), searches.len()];
    (text.next().is_none() && next == lengths).then_some(all)
}

/// The texts of an answer's message; `None` if it has something else.
fn texts(item: &Value) -> Option<Vec<&str>> {
    let parts = item.get("content")?.as_array()?.iter();
    let texts = parts.map(|part| {
        let is_text = part.get("type").is_some_and(|kind| kind == "output_text");
        part.get("text")?.as_str().filter(|_| is_text)
    });
    texts.collect()
}

fn message_entry(parts: &[&str], phase: Option<&Value>) -> Value {
    let lengths: Vec<_> = parts.iter().map(|part| part.chars().count()).collect();
    match phase.filter(|phase| phase.is_string()) {
        Some(phase) => json!({"parts": lengths, "phase": phase, "type": "message"}),
        None => json!({"parts": lengths, "type": "message"}),
    }
}

fn message_item(entry: &Value, text: &mut std::str::Chars<'_>) -> Option<Value> {
    let mut parts = Vec::new();
    for length in entry.get("parts")?.as_array()? {
        let length = usize::try_from(length.as_u64()?).ok()?;
        let part: String = text.by_ref().take(length).collect();
        if part.chars().count() < length {
            return None;
        }
        parts.push(json!({"type": "output_text", "text": part}));
    }
    Some(match entry.get("phase").filter(|phase| phase.is_string()) {
        Some(phase) => json!({"type": "message", "role": "assistant", "content": parts, "phase": phase}),
        None => json!({"type": "message", "role": "assistant", "content": parts}),
    })
}

/// The call of a custom tool, which a chat completion has as that of a function.
fn custom_call(item: &Value) -> Value {
    if is_custom_call(item) {
        return item.clone();
    }
    let mut call = json!({"type": CUSTOM_CALL, "call_id": item.get("call_id"), "name": item.get("name"), "input": item.get("arguments")});
    if let (Some(namespace), Some(call)) = (item.get("namespace"), call.as_object_mut()) {
        call.insert("namespace".to_owned(), namespace.clone());
    }
    call
}

fn without_nulls(item: &Value) -> Value {
    let members = item.as_object().into_iter().flatten();
    let members = members.filter(|(_, value)| !value.is_null());
    members
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Ties the order to the message, so that LiteLLM knows one that was changed.
fn checksum(message: &Map<String, Value>, entries: &[Value]) -> String {
    let list = |name: &str| message.get(name).and_then(Value::as_array).into_iter().flatten();
    let field = |name: &str| message.get("provider_specific_fields")?.get(name);
    let calls = list("tool_calls").map(|call| {
        let function = |name: &str| call.get("function").and_then(|function| function.get(name));
        json!([call.get("id"), function("name"), function("arguments")])
    });
    let reasoning = list("reasoning_items").map(|item| {
        let summary = item
            .get("summary")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let texts = summary.map(|part| part.get("text").cloned().unwrap_or_else(|| "".into()));
        json!([
            item.get("id"),
            item.get("encrypted_content"),
            texts.collect::<Vec<_>>()
        ])
    });
    let mut bound = json!({
        "content": message.get("content").and_then(Value::as_str).unwrap_or_default(),
        "tool_calls": calls.collect::<Vec<_>>(),
        "reasoning": reasoning.collect::<Vec<_>>(),
        "tool_search_items": field(SEARCHES).cloned().unwrap_or_else(|| json!([])),
        "phase": field("phase"),
        "items": entries,
    });
    bound.sort_all_objects();
    let mut hasher = Hasher::default();
    hasher.update(bound.to_string().as_bytes());
    hasher.finish()
}
