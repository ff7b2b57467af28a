//! Checks the parameters against the schema of a model's input before they are paid for.
//!
//! It knows the part of OpenAPI that Cog writes; every other keyword passes.

use std::cell::Cell;

use runtime::{ErrorCode, ProcessorError};
use serde_json::{Map, Number, Value};

use super::nearest::nearest;
use super::{MOST_PARTS, Schema};

const DEEPEST: usize = 64;
/// A check that takes more steps says nothing of the rest.
const MOST_STEPS: usize = 100_000;
/// The most that is told of a schema's own words, in characters.
const LONGEST_LIST: usize = 300;
/// Larger whole numbers are not exact everywhere, so that inputs have them as texts.
const LARGEST_SAFE: i128 = (1 << 53) - 1;

impl Schema {
    /// Checks the parameters of a run, in which `{"$file":..}` and `{"$secret":..}` stand for texts. A whole number that is a text
    /// because it is too large to be safe becomes a number where the model takes nothing else;
    /// gives those, for people.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` with the place of the first thing that is wrong, and without its value.
    pub(crate) fn check(&self, params: &mut Map<String, Value>) -> Result<Vec<String>, ProcessorError> {
        let Some(input) = self
            .0
            .pointer("/components/schemas/Input")
            .filter(|input| input.is_object())
        else {
            return Ok(Vec::new());
        };
        let check = Check {
            document: &self.0,
            steps: Cell::new(0),
        };
        let mut changed = Vec::new();
        for (name, value) in params.iter_mut() {
            let parts = self.place([input]);
            let own = parts.0.iter().find_map(|part| part.get("properties")?.get(name));
            if let Some(own) = own {
                check.convert(own, value, name, &mut changed, 0);
            }
        }
        let mut problem = self.unknown(input, params);
        if problem.is_none() {
            let whole = Value::Object(std::mem::take(params));
            problem = check.value(input, &whole, "/params", 0);
            if let Value::Object(whole) = whole {
                *params = whole;
            }
        }
        match problem {
            None => Ok(changed),
            Some(problem) => Err(ProcessorError::new(
                ErrorCode::Inputs,
                format!("{problem}; nothing was asked for (REPLICATE_SCHEMA_CHECK=off sends it as it is)"),
            )),
        }
    }

    /// A parameter that the service would drop without a word.
    fn unknown(&self, input: &Value, params: &Map<String, Value>) -> Option<String> {
        let parts = self.place([input]).0;
        let takes_more = parts.is_empty()
            || parts.iter().any(|part| {
                let more = part.get("additionalProperties");
                more.is_some_and(|more| more != &Value::Bool(false))
                    || part.get("patternProperties").is_some()
            });
        let known: Vec<&Map<String, Value>> = parts
            .iter()
            .filter_map(|part| part.get("properties")?.as_object())
            .collect();
        if takes_more || known.is_empty() {
            return None;
        }
        let name = params
            .keys()
            .find(|name| !known.iter().any(|known| known.contains_key(*name)))?;
        let names: Vec<&str> = known
            .iter()
            .flat_map(|known| known.keys())
            .map(String::as_str)
            .collect();
        let told = match nearest(name, &names) {
            Some(near) => format!("did you mean {near}?"),
            None if names.is_empty() => "it has none".to_owned(),
            None => format!("it has {}", listed(names.iter().map(|name| (*name).to_owned()))),
        };
        Some(format!(
            "{} is no parameter of the model: {told}",
            below("/params", name)
        ))
    }
}

struct Check<'a> {
    document: &'a Value,
    steps: Cell<usize>,
}

impl Check<'_> {
    /// What is wrong with a value, as the beginning of a sentence.
    fn value(&self, schema: &Value, value: &Value, at: &str, depth: usize) -> Option<String> {
        self.steps.set(self.steps.get() + 1);
        if depth > DEEPEST || self.steps.get() > MOST_STEPS {
            return None;
        }
        let deeper = depth + 1;
        if value.is_null() && schema.get("nullable") == Some(&Value::Bool(true)) {
            return None;
        }
        if let Some(target) = self.target(schema)
            && let Some(problem) = self.value(target, value, at, deeper)
        {
            return Some(problem);
        }
        let all = branches(schema, "allOf").iter();
        if let Some(problem) = all
            .filter_map(|branch| self.value(branch, value, at, deeper))
            .next()
        {
            return Some(problem);
        }
        for key in ["anyOf", "oneOf"] {
            if let Some(problem) = self.any(branches(schema, key), value, at, deeper) {
                return Some(problem);
            }
        }
        let kinds = kinds(schema);
        if !kinds.is_empty() && !kinds.iter().any(|kind| is_of(kind, value)) {
            return Some(format!(
                "{at} is {}, and the model takes {}",
                told(value),
                either(&kinds)
            ));
        }
        if stands_for_a_text(value) {
            return None; // what it will be is not known here
        }
        if let Some(choices) = schema.get("enum").and_then(Value::as_array)
            && !choices.iter().any(|choice| is_same(choice, value))
        {
            return Some(format!(
                "{at} has to be one of {}",
                listed(choices.iter().map(Value::to_string))
            ));
        }
        match value {
            Value::Number(number) => range(schema, number).map(|what| format!("{at} {what}")),
            Value::String(text) => text_problem(schema, text).map(|what| format!("{at} {what}")),
            Value::Array(items) => {
                let schema = schema.get("items")?;
                let problem = |(number, item)| self.value(schema, item, &format!("{at}/{number}"), deeper);
                items.iter().enumerate().find_map(problem)
            }
            Value::Object(members) => self.members(schema, members, at, deeper),
            Value::Null | Value::Bool(_) => None,
        }
    }

    /// What is wrong with the members of an object.
    fn members(
        &self,
        schema: &Value,
        members: &Map<String, Value>,
        at: &str,
        depth: usize,
    ) -> Option<String> {
        let required = schema.get("required").and_then(Value::as_array);
        let mut required = required.into_iter().flatten().filter_map(Value::as_str);
        if let Some(missing) = required.find(|name| !members.contains_key(*name)) {
            return Some(format!(
                "{} is missing, and the model needs it",
                below(at, missing)
            ));
        }
        let properties = schema.get("properties");
        members.iter().find_map(|(name, value)| {
            let own = properties.and_then(|properties| properties.get(name));
            let at = below(at, name);
            match own.or_else(|| schema.get("additionalProperties"))? {
                Value::Bool(false) => Some(format!("{at} is nothing that the model knows")),
                schema => self.value(schema, value, &at, depth + 1),
            }
        })
    }

    fn any(&self, branches: &[Value], value: &Value, at: &str, depth: usize) -> Option<String> {
        let mut problems = Vec::new();
        for branch in branches {
            problems.push(self.value(branch, value, at, depth)?);
        }
        // what is wrong is told where there is one way to mean it
        let is_null = |branch: &&Value| kinds(branch) == ["null"];
        let mut telling = branches
            .iter()
            .zip(problems)
            .filter(|(branch, _)| !is_null(branch));
        let (_, first) = telling.next()?;
        match telling.next() {
            None => Some(first),
            Some(_) => Some(format!(
                "{at} is {}, which is none of what the model takes there",
                told(value)
            )),
        }
    }

    fn target<'b>(&'b self, schema: &'b Value) -> Option<&'b Value> {
        let target = schema.get("$ref")?.as_str()?;
        self.document.pointer(target.strip_prefix('#')?)
    }

    /// Makes a number of every text that is a whole number too large to be safe, where the model takes no text.
    fn convert(&self, schema: &Value, value: &mut Value, at: &str, changed: &mut Vec<String>, depth: usize) {
        if depth > DEEPEST || stands_for_a_text(value) {
            return;
        }
        match value {
            Value::String(text) => {
                let Some(number) = unsafe_integer(text) else {
                    return;
                };
                let parts = self.parts(schema);
                let kinds: Vec<&str> = parts.iter().flat_map(|part| kinds(part)).collect();
                if kinds.contains(&"integer") && !kinds.contains(&"string") {
                    *value = Value::Number(number);
                    changed.push(format!("{at} sent as an integer"));
                }
            }
            Value::Array(items) => {
                let parts = self.parts(schema);
                let Some(inner) = parts.iter().find_map(|part| part.get("items")) else {
                    return;
                };
                for (number, item) in items.iter_mut().enumerate() {
                    self.convert(inner, item, &format!("{at}/{number}"), changed, depth + 1);
                }
            }
            Value::Object(members) => {
                let parts = self.parts(schema);
                for (name, member) in members.iter_mut() {
                    if let Some(inner) = parts.iter().find_map(|part| part.get("properties")?.get(name)) {
                        self.convert(inner, member, &below(at, name), changed, depth + 1);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// A schema, what it refers to, and what it is put together of, each once.
    fn parts<'b>(&'b self, schema: &'b Value) -> Vec<&'b Value> {
        let mut known: Vec<&Value> = Vec::new();
        let mut waiting = vec![schema];
        while let Some(part) = waiting.pop() {
            if known.iter().any(|known| std::ptr::eq(*known, part)) {
                continue;
            }
            if known.len() == MOST_PARTS {
                break;
            }
            known.push(part);
            waiting.extend(self.target(part));
            waiting.extend(
                ["allOf", "anyOf", "oneOf"]
                    .iter()
                    .flat_map(|key| branches(part, key))
                    .take(MOST_PARTS),
            );
        }
        known
    }
}

fn branches<'a>(schema: &'a Value, key: &str) -> &'a [Value] {
    schema
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The types that a schema names; none is any.
fn kinds(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Whether a value is of a type; of one that is not known it may be.
fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string() || stands_for_a_text(value),
        "integer" => value.as_number().is_some_and(is_whole),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object() && !stands_for_a_text(value),
        "null" => value.is_null(),
        _ => true,
    }
}

/// 1.0 is a whole number.
fn is_whole(number: &Number) -> bool {
    number.is_i64() || number.is_u64() || number.as_f64().is_some_and(|number| number.fract() == 0.0)
}

/// `{"$file":"name"}` and `{"$secret":"NAME"}`.
fn stands_for_a_text(value: &Value) -> bool {
    let is_one = |members: &Map<String, Value>| {
        members.len() == 1 && (members.contains_key("$file") || members.contains_key("$secret"))
    };
    value.as_object().is_some_and(is_one)
}

/// The number of a text that is one that cannot be given as a number.
fn unsafe_integer(text: &str) -> Option<Number> {
    let number: i128 = text.parse().ok()?;
    let is_spelt_so = number.to_string() == text; // without a plus or zeros before it
    (is_spelt_so && !(-LARGEST_SAFE..=LARGEST_SAFE).contains(&number)).then(|| Number::from_i128(number))?
}

fn is_same(choice: &Value, value: &Value) -> bool {
    match (choice, value) {
        (Value::Number(choice), Value::Number(value)) => {
            compare(choice, value).is_some_and(|order| order.is_eq())
        }
        _ => choice == value,
    }
}

fn compare(one: &Number, other: &Number) -> Option<std::cmp::Ordering> {
    match (one.as_i128(), other.as_i128()) {
        (Some(one), Some(other)) => Some(one.cmp(&other)),
        _ => one.as_f64()?.partial_cmp(&other.as_f64()?),
    }
}

fn range(schema: &Value, number: &Number) -> Option<String> {
    let limits = [
        (
            "minimum",
            "exclusiveMinimum",
            "less than",
            "not more than",
            std::cmp::Ordering::Less,
        ),
        (
            "maximum",
            "exclusiveMaximum",
            "more than",
            "not less than",
            std::cmp::Ordering::Greater,
        ),
    ];
    limits
        .into_iter()
        .find_map(|(key, exclusive, beyond, not_within, wrong)| {
            let limit = schema.get(key).and_then(Value::as_number);
            let exclusive = schema.get(exclusive);
            let is_exclusive = exclusive == Some(&Value::Bool(true)); // as OpenAPI 3.0 has it
            let is_beyond = |limit: &&Number| {
                let order = compare(number, limit);
                order == Some(wrong) || (is_exclusive && order.is_some_and(|order| order.is_eq()))
            };
            if let Some(limit) = limit.filter(is_beyond) {
                let how = if is_exclusive { not_within } else { beyond };
                return Some(format!("is {how} {limit}"));
            }
            let limit = exclusive.and_then(Value::as_number)?;
            let order = compare(number, limit)?;
            (order == wrong || order.is_eq()).then(|| format!("is {not_within} {limit}"))
        })
}

fn text_problem(schema: &Value, text: &str) -> Option<String> {
    let limit = |key| schema.get(key).and_then(Value::as_u64);
    let length = text.chars().count() as u64;
    if let Some(least) = limit("minLength").filter(|least| length < *least) {
        return Some(format!("is shorter than {least} characters"));
    }
    if let Some(most) = limit("maxLength").filter(|most| length > *most) {
        return Some(format!("is longer than {most} characters"));
    }
    let is_file = schema.get("format").is_some_and(|format| format == "uri");
    (is_file && !crate::output::has_scheme(text))
        .then(|| "is no address; give a file as {\"$file\":\"name\"}, a data URI, or an https URL".to_owned())
}

fn told(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        value if value.is_string() || stands_for_a_text(value) => "a string",
        Value::Array(_) => "a list",
        _ => "an object",
    }
}

fn either(kinds: &[&str]) -> String {
    let kinds: Vec<String> = kinds
        .iter()
        .map(|kind| match *kind {
            "null" => "null".to_owned(),
            kind @ ("integer" | "array" | "object") => format!("an {kind}"),
            kind => format!("a {kind}"),
        })
        .collect();
    kinds.join(" or ")
}

/// As much of a list as a message has room for.
fn listed(items: impl Iterator<Item = String>) -> String {
    let mut list = String::new();
    for item in items {
        if list.chars().count() + item.chars().count() > LONGEST_LIST {
            return format!("{list}, ...");
        }
        if !list.is_empty() {
            list.push_str(", ");
        }
        list.push_str(&item);
    }
    list
}

/// A JSON pointer (RFC 6901) one member deeper.
fn below(at: &str, name: &str) -> String {
    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests;
