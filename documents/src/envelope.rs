//! Envelopes: the one line on stdout that callers read (`docs/spec.md#envelopes`).

use std::collections::BTreeMap;

use serde::ser::{Error as _, SerializeMap as _};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::failure::Failure;
use crate::json::{Node, Order, to_bytes};
use crate::mode::Mode;
use crate::outputs::IndexEntry;
use crate::receipt::Receipt;

/// The answer of an invocation; fields in the order of the specification.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "status", rename_all = "lowercase", deny_unknown_fields)]
pub enum Envelope {
    /// The run succeeded, now or earlier.
    Success {
        /// The name of the execution.
        execution_id: String,
        /// The entries of the index.
        outputs: Vec<IndexEntry>,
        /// World path of the index.
        index_path: String,
        /// About the run.
        meta: SuccessMeta,
    },
    /// The run failed, or never began.
    Error {
        /// The name of the execution, as the caller gave it; empty without one.
        execution_id: String,
        /// Why it failed.
        error: Failure,
        /// About the run.
        meta: ErrorMeta,
    },
}

/// About a run that succeeded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SuccessMeta {
    /// As in the receipt.
    pub env_fingerprint: String,
    /// As in the receipt.
    pub image_digest: String,
    /// As in the receipt; processors of earlier versions leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// As in the receipt; processors of earlier versions leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "numbers")]
    pub usage: Option<BTreeMap<String, f64>>,
    /// As in the receipt.
    pub duration_ms: u64,
}

/// About a run that failed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ErrorMeta {
    /// As in the receipt.
    pub env_fingerprint: String,
    /// As in the receipt, if it was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// As in the receipt, if it was known.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "numbers")]
    pub usage: Option<BTreeMap<String, f64>>,
}

impl Envelope {
    /// The answer of a run with this success receipt.
    #[must_use]
    pub fn success(receipt: &Receipt, outputs: Vec<IndexEntry>) -> Self {
        Self::Success {
            execution_id: receipt.execution_id.clone(),
            outputs,
            index_path: receipt.outputs_index.clone().unwrap_or_default(),
            meta: SuccessMeta {
                env_fingerprint: receipt.env_fingerprint.clone(),
                image_digest: receipt.image_digest.clone(),
                mode: receipt.mode,
                usage: receipt.usage.clone(),
                duration_ms: receipt.duration_ms,
            },
        }
    }

    /// The answer of a run that failed.
    #[must_use]
    pub fn error(execution_id: impl Into<String>, error: Failure, meta: ErrorMeta) -> Self {
        Self::Error {
            execution_id: execution_id.into(),
            error,
            meta,
        }
    }

    /// The execution that it is the answer of.
    #[must_use]
    pub fn execution_id(&self) -> &str {
        let (Self::Success { execution_id, .. } | Self::Error { execution_id, .. }) = self;
        execution_id
    }

    /// The mode of the run, if it is known.
    #[must_use]
    pub const fn mode(&self) -> Option<Mode> {
        match self {
            Self::Success { meta, .. } => meta.mode,
            Self::Error { meta, .. } => meta.mode,
        }
    }

    /// Whether a processor may answer with this where receipt and index give `expected`. Processors of earlier versions leave out
    /// mode and usage.
    #[must_use]
    pub fn agrees_with(&self, expected: &Self) -> bool {
        let mut expected = expected.clone();
        if let (Self::Success { meta, .. }, Self::Success { meta: known, .. }) = (self, &mut expected)
            && meta.mode.is_none()
            && meta.usage.is_none()
        {
            (known.mode, known.usage) = (None, None);
        }
        *self == expected
    }

    /// The line, without its newline.
    ///
    /// # Errors
    ///
    /// None in practice: every field is a string or a finite number.
    pub fn to_line(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

/// Numbers are written as in a receipt, in their canonical form.
fn numbers<S: Serializer>(usage: &Option<BTreeMap<String, f64>>, serializer: S) -> Result<S::Ok, S::Error> {
    let canonical = |number: f64| {
        let node = Node::from_double(number).unwrap_or(Node::Null); // a receipt has no other numbers
        let text = String::from_utf8(to_bytes(&node, Order::Canonical)).map_err(S::Error::custom)?;
        RawValue::from_string(text).map_err(S::Error::custom)
    };
    let mut map = serializer.serialize_map(None)?;
    for (name, number) in usage.iter().flatten() {
        map.serialize_entry(name, &canonical(*number)?)?;
    }
    map.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EARLIER: &str = r#"{"status":"success","execution_id":"a","outputs":[],"index_path":"world://artifacts/a/outputs.json","meta":{"env_fingerprint":"","image_digest":"unknown","duration_ms":1}}"#;

    fn with(mode: &str, usage: &str) -> Envelope {
        let meta = format!(r#""unknown","mode":"{mode}","usage":{usage},"duration_ms""#);
        serde_json::from_str(&EARLIER.replace(r#""unknown","duration_ms""#, &meta)).unwrap()
    }

    #[test]
    fn an_envelope_of_an_earlier_version_agrees_and_no_other_does() {
        let expected = with("mock", r#"{"a":1}"#);
        let earlier: Envelope = serde_json::from_str(EARLIER).unwrap();
        assert_eq!(earlier.to_line().unwrap(), EARLIER);
        assert!(earlier.agrees_with(&expected) && expected.agrees_with(&expected));
        for other in [
            with("real", r#"{"a":1}"#),
            with("mock", r#"{"a":2}"#),
            with("mock", "{}"),
        ] {
            assert!(!other.agrees_with(&expected), "{other:?}");
        }
        assert!(!expected.agrees_with(&earlier));
    }

    #[test]
    fn numbers_are_written_as_in_a_receipt() {
        let usage = r#"{"cost":0.0000057,"much":1e+21,"tokens":20}"#;
        let line = with("real", usage).to_line().unwrap();
        assert!(line.contains(&format!(r#""usage":{usage},"#)), "{line}");
    }
}
