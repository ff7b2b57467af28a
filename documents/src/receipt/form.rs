//! What a receipt's bytes have to be: canonical, with the fields of section 8 and each of them well-formed.

use serde::Deserialize as _;
use serde_json::{Map, Value};

use super::{Receipt, Rejected};
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
    /// What it says, as far as its fields have the right types.
    pub receipt: Option<Receipt>,
    /// All that is wrong with it: what is said of the file, without its name and without any of its values.
    pub faults: Vec<String>,
    /// The names of fields that section 8 does not have.
    pub unknown: Vec<String>,
}

/// When a receipt has a field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Always,
    /// A success has it; a failure where it was known.
    Known,
    Success,
    Error,
    /// A failure may have it.
    Failed,
    /// Left out when empty.
    Given,
}

type Rule = fn(&Value) -> bool;

/// Each field, when it is there, and what it is.
const FIELDS: [(&str, When, Rule, &str); 18] = [
    (
        "execution_id",
        When::Always,
        |v| text(v, |t| ExecutionId::parse(t).is_ok()),
        "an execution id",
    ),
    (
        "processor_ref",
        When::Always,
        |v| text(v, |t| ProcessorRef::parse(t).is_ok()),
        "ns/name@ver",
    ),
    (
        "image_digest",
        When::Always,
        |v| text(v, is_image),
        "a pinned image or `unknown`",
    ),
    ("env_fingerprint", When::Always, Value::is_string, "a text"),
    (
        "inputs_hash",
        When::Known,
        |v| text(v, is_sha256),
        "64 lower-case hexadecimal digits",
    ),
    (
        "hash_schema",
        When::Always,
        |v| v == HASH_SCHEMA,
        "the one schema that there is",
    ),
    (
        "inputs_sha256",
        When::Given, // older receipts have none
        |v| text(v, is_sha256),
        "64 lower-case hexadecimal digits",
    ),
    (
        "outputs_index",
        When::Success,
        |v| text(v, is_index),
        "the world path of an outputs.json",
    ),
    (
        "outputs_index_sha256",
        When::Success,
        |v| text(v, is_sha256),
        "64 lower-case hexadecimal digits",
    ),
    ("processor_info", When::Known, Value::is_string, "a text"),
    (
        "usage",
        When::Known,
        |v| object(v, Value::is_number),
        "an object of numbers",
    ),
    (
        "timestamp_utc",
        When::Always,
        |v| text(v, is_time),
        "a time of the form YYYY-MM-DDTHH:MM:SSZ",
    ),
    (
        "duration_ms",
        When::Always,
        Value::is_u64,
        "a count of milliseconds",
    ),
    (
        "mode",
        When::Known,
        |v| text(v, |t| t.parse::<Mode>().is_ok()),
        "`mock` or `real`",
    ),
    (
        "status",
        When::Always,
        |v| v == "success" || v == "error",
        "`success` or `error`",
    ),
    ("error", When::Error, is_failure, "a code ERR_... and a message"),
    (
        "extra",
        When::Given,
        |v| object(v, Value::is_string),
        "an object of texts",
    ),
    (
        "rejected",
        When::Failed,
        is_rejected,
        "the path, sha256 and size_bytes of an answer",
    ),
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
        let (is_needed, is_allowed) = match when {
            When::Always => (true, true),
            When::Known => (!is_error, true),
            When::Success => (!is_error, !is_error),
            When::Error => (is_error, is_error),
            When::Failed => (false, is_error),
            When::Given => (false, true),
        };
        match fields.get(name) {
            None if is_needed => faults.push(format!("has no {name}")),
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

fn text(value: &Value, rule: impl FnOnce(&str) -> bool) -> bool {
    value.as_str().is_some_and(rule)
}

fn object(value: &Value, rule: fn(&Value) -> bool) -> bool {
    value.as_object().is_some_and(|object| object.values().all(rule))
}

fn is_image(text: &str) -> bool {
    text == "unknown" || ImageDigest::parse(text).is_ok()
}

fn is_index(text: &str) -> bool {
    WorldPath::parse(text).is_ok_and(|path| path.as_str() == text && path.split().1 == INDEX)
}

fn is_time(text: &str) -> bool {
    humantime::parse_rfc3339(text)
        .is_ok_and(|time| humantime::format_rfc3339_seconds(time).to_string() == text)
}

fn is_failure(value: &Value) -> bool {
    Failure::deserialize(value).is_ok_and(|failure| is_code(&failure.code))
}

fn is_rejected(value: &Value) -> bool {
    Rejected::deserialize(value).is_ok_and(|rejected| {
        is_sha256(&rejected.sha256)
            && WorldPath::parse(&rejected.path)
                .is_ok_and(|path| path.as_str() == rejected.path && path.split().1 == REJECTED_ANSWER)
    })
}
