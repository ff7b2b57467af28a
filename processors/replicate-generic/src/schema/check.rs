//! Checks parameters against the schema of a model's input, before anything is paid for.
//!
//! It knows the keywords of OpenAPI that Cog writes, and ignores all others.

use std::cell::Cell;
use std::cmp::Ordering;

use runtime::{ErrorCode, ProcessorError};
use serde_json::{Map, Number, Value};

use super::suggestion::closest;
use super::{Schema, branches, is_file, types};
use crate::file_source::has_scheme;
use crate::json_pointer::child;

const MAX_DEPTH: usize = 64;
/// After so many steps the check passes whatever is left.
const MAX_STEPS: usize = 100_000;
/// The most that a message quotes from a schema, in characters.
const LONGEST_LIST: usize = 300;
/// Inputs hold larger integers as strings (docs/spec.md#inputs).
const MAX_SAFE_INTEGER: i128 = (1 << 53) - 1;

impl Schema {
    /// Checks the parameters of a run, in which `{"$file":..}` and `{"$secret":..}` stand for strings. A string that holds an
    /// integer beyond the safe range becomes a number where the model takes no strings; returns a note about each.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` with the JSON pointer of the first problem, and without its value.
    pub(crate) fn check(&self, params: &mut Map<String, Value>) -> Result<Vec<String>, ProcessorError> {
        let input = self.0.pointer("/components/schemas/Input");
        let Some(input) = input.filter(|input| input.is_object()) else {
            return Ok(Vec::new());
        };
        let mut changes = Vec::new();
        for (name, value) in params.iter_mut() {
            if let Some(schema) = self.property(input, name) {
                self.convert_integers(schema, value, name, &mut changes, 0);
            }
        }
        let check = Check {
            schema: self,
            steps: Cell::new(0),
        };
        let checked = self.check_names(input, params).and_then(|()| {
            let object = Value::Object(std::mem::take(params));
            let checked = check.value(input, &object, "/params", 0);
            if let Value::Object(object) = object {
                *params = object;
            }
            checked
        });
        match checked {
            Ok(()) => Ok(changes),
            Err(problem) => Err(ProcessorError::new(
                ErrorCode::Inputs,
                format!("{problem}; nothing was asked for (REPLICATE_SCHEMA_CHECK=off sends it as it is)"),
            )),
        }
    }

    fn property<'a>(&'a self, object: &'a Value, name: &str) -> Option<&'a Value> {
        let schemas = self.resolve([object]).0;
        schemas
            .iter()
            .find_map(|schema| schema.get("properties")?.get(name))
    }

    /// Finds a parameter that the service would drop silently.
    fn check_names(&self, input: &Value, params: &Map<String, Value>) -> Result<(), String> {
        let schemas = self.resolve([input]).0;
        let takes_any = schemas.iter().any(|schema| {
            let additional = schema.get("additionalProperties");
            additional.is_some_and(|additional| additional != &Value::Bool(false))
                || schema.get("patternProperties").is_some()
        });
        let properties: Vec<&Map<String, Value>> = schemas
            .iter()
            .filter_map(|schema| schema.get("properties")?.as_object())
            .collect();
        if takes_any || properties.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = properties
            .iter()
            .flat_map(|properties| properties.keys().map(String::as_str))
            .collect();
        let Some(name) = params.keys().find(|name| !names.contains(&name.as_str())) else {
            return Ok(());
        };
        let hint = match closest(name, &names) {
            Some(name) => format!("did you mean {name}?"),
            None if names.is_empty() => "it has none".to_owned(),
            None => format!("it has {}", list(names.iter().map(|name| (*name).to_owned()))),
        };
        let at = child("/params", name);
        Err(format!("{at} is no parameter of the model: {hint}"))
    }

    /// Makes a number of every string that holds an integer beyond the safe range, where the model takes no strings.
    fn convert_integers(
        &self,
        schema: &Value,
        value: &mut Value,
        at: &str,
        changes: &mut Vec<String>,
        depth: usize,
    ) {
        if depth > MAX_DEPTH || is_placeholder(value) {
            return;
        }
        match value {
            Value::String(text) => {
                let Some(number) = unsafe_integer(text) else {
                    return;
                };
                let schemas = self.resolve([schema]).0;
                let types: Vec<&str> = schemas.iter().flat_map(|schema| types(schema)).collect();
                if types.contains(&"integer") && !types.contains(&"string") {
                    *value = Value::Number(number);
                    changes.push(format!("{at} sent as an integer"));
                }
            }
            Value::Array(items) => {
                let schemas = self.resolve([schema]).0;
                let Some(schema) = schemas.iter().find_map(|schema| schema.get("items")) else {
                    return;
                };
                for (number, item) in items.iter_mut().enumerate() {
                    self.convert_integers(schema, item, &format!("{at}/{number}"), changes, depth + 1);
                }
            }
            Value::Object(members) => {
                for (name, member) in members.iter_mut() {
                    if let Some(schema) = self.property(schema, name) {
                        self.convert_integers(schema, member, &child(at, name), changes, depth + 1);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

struct Check<'a> {
    schema: &'a Schema,
    steps: Cell<usize>,
}

impl Check<'_> {
    /// Checks one value; the error is what is wrong, without the value itself.
    fn value(&self, schema: &Value, value: &Value, at: &str, depth: usize) -> Result<(), String> {
        self.steps.set(self.steps.get() + 1);
        let is_null = value.is_null() && schema.get("nullable") == Some(&Value::Bool(true));
        if is_null || depth > MAX_DEPTH || self.steps.get() > MAX_STEPS {
            return Ok(());
        }
        let depth = depth + 1;
        if let Some(target) = self.schema.target(schema) {
            self.value(target, value, at, depth)?;
        }
        for branch in branches(schema, "allOf") {
            self.value(branch, value, at, depth)?;
        }
        for key in ["anyOf", "oneOf"] {
            self.any_of(branches(schema, key), value, at, depth)?;
        }
        let types = types(schema);
        if !types.is_empty() && !types.iter().any(|name| is_of_type(value, name)) {
            let (actual, expected) = (type_of(value), join_types(&types));
            return Err(format!("{at} is {actual}, and the model takes {expected}"));
        }
        if is_placeholder(value) {
            return Ok(()); // its content is not known yet
        }
        if let Some(choices) = schema.get("enum").and_then(Value::as_array)
            && !choices.iter().any(|choice| is_equal(choice, value))
        {
            let choices = list(choices.iter().map(Value::to_string));
            return Err(format!("{at} has to be one of {choices}"));
        }
        let problem = match value {
            Value::Number(number) => range_problem(schema, number),
            Value::String(text) => string_problem(schema, text),
            Value::Array(items) => {
                let Some(schema) = schema.get("items") else {
                    return Ok(());
                };
                let mut items = items.iter().enumerate();
                return items.try_for_each(|(number, item)| {
                    self.value(schema, item, &format!("{at}/{number}"), depth)
                });
            }
            Value::Object(members) => return self.members(schema, members, at, depth),
            Value::Null | Value::Bool(_) => None,
        };
        problem.map_or(Ok(()), |problem| Err(format!("{at} {problem}")))
    }

    fn members(
        &self,
        schema: &Value,
        members: &Map<String, Value>,
        at: &str,
        depth: usize,
    ) -> Result<(), String> {
        let required = schema.get("required").and_then(Value::as_array);
        let mut required = required.into_iter().flatten().filter_map(Value::as_str);
        if let Some(missing) = required.find(|name| !members.contains_key(*name)) {
            let at = child(at, missing);
            return Err(format!("{at} is missing, and the model needs it"));
        }
        let properties = schema.get("properties");
        members.iter().try_for_each(|(name, value)| {
            let own = properties.and_then(|properties| properties.get(name));
            let at = child(at, name);
            match own.or_else(|| schema.get("additionalProperties")) {
                None => Ok(()),
                Some(Value::Bool(false)) => Err(format!("{at} is not known to the model")),
                Some(schema) => self.value(schema, value, &at, depth + 1),
            }
        })
    }

    fn any_of(&self, branches: &[Value], value: &Value, at: &str, depth: usize) -> Result<(), String> {
        let mut problems = Vec::new();
        for branch in branches {
            match self.value(branch, value, at, depth) {
                Ok(()) => return Ok(()),
                Err(_) if types(branch) == ["null"] => {} // of no help to anybody
                Err(problem) => problems.push(problem),
            }
        }
        let Some(problem) = problems.pop() else {
            return Ok(());
        };
        if problems.is_empty() {
            return Err(problem);
        }
        let actual = type_of(value);
        Err(format!(
            "{at} is {actual}, which is none of what the model takes there"
        ))
    }
}

/// Whether a value is of a type; one that is not known matches any value.
fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "string" => value.is_string() || is_placeholder(value),
        "integer" => value.as_number().is_some_and(is_integer),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object() && !is_placeholder(value),
        "null" => value.is_null(),
        _ => true,
    }
}

/// 1.0 is an integer.
fn is_integer(number: &Number) -> bool {
    number.is_i64() || number.is_u64() || number.as_f64().is_some_and(|number| number.fract() == 0.0)
}

/// `{"$file":"name"}` and `{"$secret":"NAME"}`, which a string will replace (docs/spec.md#placeholders).
fn is_placeholder(value: &Value) -> bool {
    value.as_object().is_some_and(|members| {
        members.len() == 1 && (members.contains_key("$file") || members.contains_key("$secret"))
    })
}

/// The integer in a string, if it is beyond the safe range and spelt without a plus or leading zeros.
fn unsafe_integer(text: &str) -> Option<Number> {
    let number: i128 = text.parse().ok()?;
    let is_safe = (-MAX_SAFE_INTEGER..=MAX_SAFE_INTEGER).contains(&number);
    if is_safe || number.to_string() != text {
        return None;
    }
    Number::from_i128(number)
}

fn is_equal(choice: &Value, value: &Value) -> bool {
    if let (Value::Number(choice), Value::Number(value)) = (choice, value) {
        return compare(choice, value) == Some(Ordering::Equal);
    }
    choice == value
}

fn compare(one: &Number, other: &Number) -> Option<Ordering> {
    match (one.as_i128(), other.as_i128()) {
        (Some(one), Some(other)) => Some(one.cmp(&other)),
        _ => one.as_f64()?.partial_cmp(&other.as_f64()?),
    }
}

#[rustfmt::skip]
const BOUNDS: [(&str, &str, Ordering, &str, &str); 2] = [
    ("minimum", "exclusiveMinimum", Ordering::Less, "less than", "not more than"),
    ("maximum", "exclusiveMaximum", Ordering::Greater, "more than", "not less than"),
];

fn range_problem(schema: &Value, number: &Number) -> Option<String> {
    BOUNDS
        .into_iter()
        .find_map(|(inclusive, exclusive, outside, beyond, not_within)| {
            let check = |key, is_exclusive| {
                let limit = schema.get(key)?.as_number()?;
                let order = compare(number, limit)?;
                let is_outside = order == outside || (is_exclusive && order.is_eq());
                let relation = if is_exclusive { not_within } else { beyond };
                is_outside.then(|| format!("is {relation} {limit}"))
            };
            let is_exclusive = schema.get(exclusive) == Some(&Value::Bool(true)); // OpenAPI 3.0
            check(inclusive, is_exclusive).or_else(|| check(exclusive, true))
        })
}

fn string_problem(schema: &Value, text: &str) -> Option<String> {
    let limit = |key| schema.get(key).and_then(Value::as_u64);
    let length = text.chars().count() as u64;
    if let Some(least) = limit("minLength").filter(|least| length < *least) {
        return Some(format!("is shorter than {least} characters"));
    }
    if let Some(most) = limit("maxLength").filter(|most| length > *most) {
        return Some(format!("is longer than {most} characters"));
    }
    (is_file(schema) && !has_scheme(text))
        .then(|| "is no address; give a file as {\"$file\":\"name\"}, a data URI, or an https URL".to_owned())
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::Array(_) => "a list",
        Value::Object(_) if !is_placeholder(value) => "an object",
        Value::String(_) | Value::Object(_) => "a string",
    }
}

fn join_types(types: &[&str]) -> String {
    let with_article = |name: &&str| match *name {
        "null" => "null".to_owned(),
        name @ ("integer" | "array" | "object") => format!("an {name}"),
        name => format!("a {name}"),
    };
    let types: Vec<String> = types.iter().map(with_article).collect();
    types.join(" or ")
}

/// Joins as many items as a message has room for.
fn list(items: impl Iterator<Item = String>) -> String {
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

#[cfg(test)]
mod tests;
