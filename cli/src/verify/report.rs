//! What a verification finds.

use documents::Failure;
use documents::receipt::Status;
use serde::Serialize;
use store::verify::VerifyError;

/// The whole answer; fields in the order of `--json`.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) verified: bool,
    pub(super) execution_id: Option<String>,
    pub(super) status: Option<Status>,
    /// The world path of the receipt, or what was named where it has none.
    pub(super) receipt: String,
    pub(super) checks: Vec<Check>,
    /// What is worth knowing and breaks nothing.
    pub(super) notes: Vec<String>,
    /// The failure that the receipt records.
    #[serde(skip)]
    pub(super) failure: Option<Failure>,
}

impl Report {
    /// Of something that leads to no receipt.
    pub(super) fn without_receipt(named: &str, why: String) -> Self {
        Self {
            verified: false,
            execution_id: None,
            status: None,
            receipt: named.to_owned(),
            checks: vec![Check::differs(What::Receipt, named.to_owned(), why)],
            notes: Vec::new(),
            failure: None,
        }
    }
}

/// One thing that holds or does not.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    pub(super) path: String,
    pub(super) what: What,
    pub(super) ok: bool,
    /// What is said of the file, where it is not as it should be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) detail: Option<String>,
    #[serde(skip)]
    pub(super) is_missing: bool,
    #[serde(skip)]
    pub(super) size_bytes: Option<u64>,
}

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum What {
    /// The form of the receipt.
    Receipt,
    /// The other receipt of the execution.
    Twin,
    Index,
    Output,
    /// The answer that a failure could not use.
    Rejected,
    /// What no receipt and no index names.
    Unlisted,
    /// The document of `--inputs`.
    Inputs,
}

impl Check {
    pub(super) const fn holds(what: What, path: String, size_bytes: Option<u64>) -> Self {
        Self {
            path,
            what,
            ok: true,
            detail: None,
            is_missing: false,
            size_bytes,
        }
    }

    pub(super) const fn differs(what: What, path: String, detail: String) -> Self {
        Self {
            path,
            what,
            ok: false,
            detail: Some(detail),
            is_missing: false,
            size_bytes: None,
        }
    }

    /// An error of the chain; `path` is for one that has none of its own.
    pub(super) fn error(what: What, path: &str, error: &VerifyError) -> Self {
        let path = error.path.as_deref().unwrap_or(path);
        Self {
            is_missing: error.kind.is_missing(),
            ..Self::differs(what, path.to_owned(), error.kind.to_string())
        }
    }
}
