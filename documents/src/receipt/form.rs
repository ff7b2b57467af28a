//! Whether the bytes of a receipt are canonical, with valid fields (`docs/spec.md#receipts`).

use std::str::FromStr;

use serde::Deserialize as _;
use serde_json::{Map, Value};

use super::document::{Receipt, Rejected};
use crate::code::is_code;
use crate::failure::Failure;
use crate::hash::is_sha256;
use crate::inputs::HASH_SCHEMA;
use crate::json::{self, Order};
use crate::layout::{INDEX, REJECTED_ANSWER};
use crate::mode::Mode;
use crate::names::{ExecutionId, ImageDigest, ProcessorRef};
use crate::world_path::WorldPath;

/// A receipt as it was found, whatever is wrong with it.
#[derive(Debug)]
pub struct Examined {
    /// The receipt, if its fields have the right types.
    pub receipt: Option<Receipt>,
    /// Everything that is wrong with the file, as predicates without a subject; none contains a value.
    pub faults: Vec<String>,
    /// The names of the fields that the specification does not have.
    pub unknown: Vec<String>,
}

/// When a receipt has a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    Always,
    /// In a success; in a failure if it was known.
    Known,
    Success,
    Error,
    /// Optional, and only in a failure.
    Failed,
    Optional,
}

impl When {
    /// Whether a receipt of this status must have the field, and whether it may.
    pub(crate) const fn rule(self, is_error: bool) -> (bool, bool) {
        match self {
            Self::Always => (true, true),
            Self::Known => (!is_error, true),
            Self::Success => (!is_error, !is_error),
            Self::Error => (is_error, is_error),
            Self::Failed => (false, is_error),
            Self::Optional => (false, true),
        }
    }
}

type Rule = fn(&Value) -> bool;

const HEX: &str = "64 lower-case hexadecimal digits";

/// The fields of `docs/spec.md#receipts`: when a receipt has each, whether a value is valid, and what a valid value is.
#[rustfmt::skip] // a table
pub(crate) const FIELDS: [(&str, When, Rule, &str); 19] = [
    ("execution_id", When::Always, parses::<ExecutionId>, "an execution id"),
    ("processor_ref", When::Always, parses::<ProcessorRef>, "ns/name@ver"),
    ("image_digest", When::Always, |v| v == "unknown" || parses::<ImageDigest>(v), "a pinned image or `unknown`"),
    ("env_fingerprint", When::Always, Value::is_string, "a text"),
    ("inputs_hash", When::Known, is_digest, HEX),
    ("hash_schema", When::Always, |v| v == HASH_SCHEMA, "the one schema that there is"),
    ("inputs_sha256", When::Optional, is_digest, HEX), // older receipts lack it
    ("outputs_index", When::Success, |v| is_path_to(v, INDEX), "the world path of an outputs.json"),
    ("outputs_index_sha256", When::Success, is_digest, HEX),
    ("processor_info", When::Known, Value::is_string, "a text"),
    ("usage", When::Known, |v| is_object_of(v, Value::is_number), "an object of numbers"),
    ("timestamp_utc", When::Always, is_time, "a time of the form YYYY-MM-DDTHH:MM:SSZ"),
    ("duration_ms", When::Always, Value::is_u64, "a count of milliseconds"),
    ("mode", When::Known, parses::<Mode>, "`mock` or `real`"),
    ("status", When::Always, |v| v == "success" || v == "error", "`success` or `error`"),
    ("error", When::Error, is_failure, "a code ERR_... and a message"),
    ("extra", When::Optional, is_extra, "an object of texts that is left out when it is empty"),
    ("rejected", When::Failed, is_rejected, "the path, sha256 and size_bytes of an answer"),
    ("plan_id", When::Optional, |v| v.as_str().is_some_and(|text| !text.is_empty()), "a text that is left out when it is empty"),
];

/// Reads a receipt, and finds everything that is wrong with its form.
#[must_use]
pub fn examine(bytes: &[u8]) -> Examined {
    let nothing = |fault: String| Examined {
        receipt: None,
        faults: vec![fault],
        unknown: Vec::new(),
    };
    let node = match json::parse(bytes) {
        Ok(node) => node,
        Err(problem) => return nothing(format!("is not JSON as receipts have it: {problem}")),
    };
    let mut faults = Vec::new();
    match json::to_bytes(&node, Order::Canonical) {
        canonical if canonical == bytes => {}
        canonical if canonical == bytes.trim_ascii() => {
            faults.push("is canonical, but has white space before or after it".into());
        }
        _ => faults.push("is not in its canonical form (RFC 8785)".into()),
    }
    let value = node.into_value();
    let Value::Object(fields) = &value else {
        return nothing("is not a JSON object".into());
    };
    check_fields(fields, &mut faults);
    let is_known = |name: &str| FIELDS.iter().any(|(known, ..)| *known == name);
    let unknown = fields.keys().filter(|name| !is_known(name)).cloned().collect();
    Examined {
        receipt: serde_json::from_value(value).ok(),
        faults,
        unknown,
    }
}

fn check_fields(fields: &Map<String, Value>, faults: &mut Vec<String>) {
    let is_error = fields.get("status").is_some_and(|status| status == "error");
    for (name, when, rule, what) in FIELDS {
        let (is_required, is_allowed) = when.rule(is_error);
        match fields.get(name) {
            None if is_required => faults.push(format!("has no {name}")),
            None => {}
            Some(_) if !is_allowed && is_error => {
                faults.push(format!("records a failure, and yet has {name}"));
            }
            Some(_) if !is_allowed => faults.push(format!("records a success, and yet has {name}")),
            Some(value) if !rule(value) => faults.push(format!("has {name}, but not as {what}")),
            Some(_) => {}
        }
    }
}

fn parses<T: FromStr>(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.parse::<T>().is_ok())
}

fn is_digest(value: &Value) -> bool {
    value.as_str().is_some_and(is_sha256)
}

fn is_object_of(value: &Value, rule: Rule) -> bool {
    value.as_object().is_some_and(|object| object.values().all(rule))
}

fn is_extra(value: &Value) -> bool {
    is_object_of(value, Value::is_string) && value.as_object().is_some_and(|extra| !extra.is_empty())
}

/// Whether a value is a canonical world path of a file with this name.
fn is_path_to(value: &Value, name: &str) -> bool {
    value.as_str().is_some_and(|text| {
        WorldPath::parse(text).is_ok_and(|path| path.as_str() == text && path.split().1 == name)
    })
}

fn is_time(value: &Value) -> bool {
    value.as_str().is_some_and(|text| {
        humantime::parse_rfc3339(text)
            .is_ok_and(|time| humantime::format_rfc3339_seconds(time).to_string() == text)
    })
}

fn is_failure(value: &Value) -> bool {
    Failure::deserialize(value).is_ok_and(|failure| is_code(&failure.code))
}

fn is_rejected(value: &Value) -> bool {
    Rejected::deserialize(value).is_ok()
        && is_digest(&value["sha256"])
        && is_path_to(&value["path"], REJECTED_ANSWER)
}
