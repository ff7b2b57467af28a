//! The columns of rows that fill in a template, as they go into the list of the batch.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::quantity::grouped;

/// How many columns a table takes: rows that are JSON objects may each have others.
const MOST: usize = 1_000;
/// The longest value, in bytes: the list is a copy of them all.
const LONGEST: usize = 64 * 1024;

/// The columns that rows have had, in the order of their first row.
#[derive(Debug, Default)]
pub(super) struct Columns {
    numbers: HashMap<String, usize>,
    names: Vec<String>,
    /// How many values are longer, and the line of the first one.
    too_long: Option<(u64, u64)>,
    /// The line whose columns were the first that are too many.
    too_many: Option<u64>,
}

impl Columns {
    /// The values of a row in the order of the columns.
    pub(super) fn place(&mut self, line: u64, row: Map<String, Value>) -> Vec<Value> {
        let mut values = Vec::with_capacity(row.len());
        for (name, value) in row {
            if is_longer(&value) || name.len() > LONGEST {
                self.too_long.get_or_insert((0, line)).0 += 1;
                continue;
            }
            let Some(number) = self.number(&name) else {
                self.too_many.get_or_insert(line);
                continue;
            };
            if values.len() <= number {
                values.resize(number + 1, Value::Null);
            }
            if let Some(at) = values.get_mut(number) {
                *at = value;
            }
        }
        values
    }

    fn number(&mut self, name: &str) -> Option<usize> {
        if let Some(number) = self.numbers.get(name) {
            return Some(*number);
        }
        let number = self.names.len();
        if number == MOST {
            return None;
        }
        self.numbers.insert(name.to_owned(), number);
        self.names.push(name.to_owned());
        Some(number)
    }

    /// What is left out of the table, if anything is.
    pub(super) fn left_out(&self) -> Option<String> {
        let too_long = self.too_long.map(|(count, line)| {
            let count = grouped(count);
            format!("values of more than 64 KiB ({count}, first in line {line})")
        });
        let too_many = self.too_many.map(|line| {
            format!(
                "columns beyond the first {} (from line {line})",
                grouped(MOST as u64)
            )
        });
        let parts: Vec<_> = too_long.into_iter().chain(too_many).collect();
        (!parts.is_empty()).then(|| format!("the table leaves out {}", parts.join(" and ")))
    }

    pub(super) fn into_names(self) -> Vec<String> {
        self.names
    }
}

/// A string without a look at its escapes; few values are anything else.
fn is_longer(value: &Value) -> bool {
    match value {
        Value::String(text) => text.len() > LONGEST,
        Value::Array(_) | Value::Object(_) => value.to_string().len() > LONGEST,
        _ => false,
    }
}
