//! The fields of events and spans as JSON values.

use std::fmt;

use serde_json::Value;
use tracing::field::{Field, Visit};

/// The fields of one event or span, in their order.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    /// The event's name, which `tracing` calls its message.
    pub(crate) message: Option<String>,
    pub(crate) others: Vec<(&'static str, Value)>,
}

impl Fields {
    fn add(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::String(text)) => self.message = Some(text),
            (name, value) => self.set(name, value),
        }
    }

    /// Adds a field in place of an earlier one of its name.
    pub(crate) fn set(&mut self, name: &'static str, value: Value) {
        self.others.retain(|(other, _)| *other != name);
        self.others.push((name, value));
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, value.into());
    }

    /// Mostly `Duration::as_millis`.
    fn record_u128(&mut self, field: &Field, value: u128) {
        let small = u64::try_from(value).map(Value::from);
        self.add(field, small.unwrap_or_else(|_| value.to_string().into()));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, format!("{value:?}").into());
    }
}
