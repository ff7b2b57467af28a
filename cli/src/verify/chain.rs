//! The checks, in the order of the report.

use documents::WorldPath;
use documents::inputs;
use documents::json::Node;
use documents::layout::{INDEX, OUTPUTS, RECEIPT, REJECTED};
use documents::receipt;
use documents::receipt::{Examined, Receipt, Status};
use store::verify::{self, VerifyError, VerifyErrorKind};

use super::report::{Check, Report, What};
use super::twin::Twins;
use crate::locate::Located;

/// Checks a receipt, and everything that it speaks of. If `is_strict`, other files in the write prefix differ, too.
pub(super) fn examine(located: &Located, inputs: Option<&[u8]>, is_strict: bool, twins: &Twins) -> Report {
    let Examined {
        receipt,
        faults,
        unknown,
    } = receipt::examine(&located.bytes);
    let mut examination = Examination {
        located,
        is_strict,
        local: receipt
            .as_ref()
            .and_then(|receipt| local_receipt(located, receipt, twins)),
        checks: Vec::new(),
        notes: Vec::new(),
    };
    examination.form(faults, receipt.as_ref());
    if !unknown.is_empty() {
        examination.note(format!(
            "{} has fields that this version does not know: {}",
            located.name,
            unknown.join(", ")
        ));
    }
    if let Some(receipt) = &receipt {
        examination.twins(receipt);
        match receipt.status {
            Status::Success => examination.chain(receipt),
            Status::Error => {
                examination.rejected(receipt);
                examination.leftovers();
            }
        }
        examination.others(receipt);
        if let Some(document) = inputs {
            examination.inputs(receipt, document);
        }
    }
    let Examination { checks, notes, .. } = examination;
    Report {
        verified: receipt.is_some() && checks.iter().all(|check| check.ok),
        execution_id: receipt.as_ref().map(|receipt| receipt.execution_id.clone()),
        status: receipt.as_ref().map(|receipt| receipt.status),
        receipt: located.name.clone(),
        checks,
        notes,
        failure: receipt.and_then(|receipt| receipt.error),
    }
}

/// The receipt in the write prefix: a success says where it is, a failure with an answer where that is, and any other failure
/// nothing.
fn local_receipt(located: &Located, receipt: &Receipt, twins: &Twins) -> Option<WorldPath> {
    let is_here = |path: &&WorldPath| path.split().1 == RECEIPT;
    receipt
        .local_path()
        .or_else(|| located.path.as_ref().filter(is_here).cloned())
        .or_else(|| twins.find(located, receipt))
}

struct Examination<'a> {
    located: &'a Located,
    is_strict: bool,
    /// The receipt in the write prefix, as far as it can be found.
    local: Option<WorldPath>,
    checks: Vec<Check>,
    notes: Vec<String>,
}

impl Examination<'_> {
    fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    fn push(&mut self, what: What, path: &str, size_bytes: u64, error: Option<VerifyError>) {
        self.checks.push(match error {
            None => Check::holds(what, path.to_owned(), Some(size_bytes)),
            Some(error) => Check::error(what, path, &error),
        });
    }

    fn form(&mut self, faults: Vec<String>, receipt: Option<&Receipt>) {
        let name = &self.located.name;
        let differs = |fault| Check::differs(What::Receipt, name.clone(), fault);
        self.checks.extend(faults.into_iter().map(differs));
        if receipt.is_some_and(|receipt| self.is_misplaced(receipt)) {
            self.checks
                .push(differs("lies where it does not say that it is".into()));
        }
        if self.checks.is_empty() {
            let size = self.located.bytes.len() as u64;
            self.checks
                .push(Check::holds(What::Receipt, name.clone(), Some(size)));
        }
    }

    /// A failure does not say its write prefix, and so may lie in any.
    fn is_misplaced(&self, receipt: &Receipt) -> bool {
        let own = [receipt.local_path(), receipt.global_path()];
        self.located.path.as_ref().is_some_and(|path| {
            let is_own = own.iter().flatten().any(|own| own == path);
            !is_own && (receipt.status == Status::Success || path.split().1 != RECEIPT)
        })
    }

    fn twins(&mut self, receipt: &Receipt) {
        let here = self.located.path.as_ref();
        let places: Vec<WorldPath> = [self.local.clone(), receipt.global_path()]
            .into_iter()
            .flatten()
            .filter(|place| Some(place) != here)
            .collect();
        for place in &places {
            let twin = verify::twin(&*self.located.artifacts, place, &self.located.bytes);
            self.push(
                What::Twin,
                place.as_str(),
                self.located.bytes.len() as u64,
                twin.err(),
            );
        }
        if self.local.is_none() {
            self.note(
                "the other receipt of this failure is not found; name the write prefix to compare the two"
                    .into(),
            );
        }
    }

    fn chain(&mut self, receipt: &Receipt) {
        let index = match verify::examine_index(&*self.located.artifacts, receipt) {
            Ok(index) => index,
            Err(error) => return self.push(What::Index, INDEX, 0, Some(error)),
        };
        let path = index.path.as_str();
        if index.errors.is_empty() {
            self.checks
                .push(Check::holds(What::Index, path.to_owned(), Some(index.size_bytes)));
        }
        let errors = index.errors.iter();
        self.checks
            .extend(errors.map(|error| Check::error(What::Index, path, error)));
        let errors = verify::outputs(&*self.located.artifacts, &index.entries);
        let mut errors = errors.into_iter().peekable();
        for (position, entry) in index.entries.iter().enumerate() {
            let error = errors.next_if(|(at, _)| *at == position);
            self.push(
                What::Output,
                &entry.path,
                entry.size_bytes,
                error.map(|(_, error)| error),
            );
        }
        if index
            .errors
            .iter()
            .any(|error| matches!(error.kind, VerifyErrorKind::NotAnIndex))
        {
            return; // it may have listed anything
        }
        match verify::unlisted(&*self.located.artifacts, &index.path, &index.entries) {
            Ok(found) => self.unlisted(found, "is in no index"),
            Err(error) => self.note(format!("the outputs beside {path} cannot be listed: {error}")),
        }
    }

    fn unlisted(&mut self, found: Vec<String>, detail: &str) {
        let differs = |path| Check::differs(What::Unlisted, path, detail.to_owned());
        self.checks.extend(found.into_iter().map(differs));
    }

    /// The answer that a failure could not use, where it was kept.
    fn rejected(&mut self, receipt: &Receipt) {
        let Some(rejected) = &receipt.rejected else { return };
        let checked = verify::rejected(&*self.located.artifacts, rejected);
        self.push(What::Rejected, &rejected.path, rejected.size_bytes, checked.err());
    }

    /// A failure has no outputs: either its receipt was written by somebody else, or they were.
    fn leftovers(&mut self) {
        const DETAIL: &str = "lies beside the receipt of a failure, which has no outputs";
        let Some(path) = &self.local else { return };
        let there = self.located.artifacts.list(&path.split().0).unwrap_or_default();
        let mut found = verify::unlisted(&*self.located.artifacts, path, &[]).unwrap_or_default();
        if there.iter().any(|entry| entry.name == INDEX) {
            found.push(path.beside(INDEX));
        }
        self.unlisted(found, DETAIL);
    }

    /// Other files in the write prefix, which several executions may share with files of their caller.
    fn others(&mut self, receipt: &Receipt) {
        let Some(prefix) = &self.local else { return };
        let there = self.located.artifacts.list(&prefix.split().0).unwrap_or_default();
        let is_own = |name: &str| match name {
            RECEIPT | INDEX | OUTPUTS => true,
            REJECTED => receipt.rejected.is_some(),
            _ => false,
        };
        let mut others: Vec<_> = there
            .into_iter()
            .filter(|entry| !is_own(&entry.name))
            .map(|entry| prefix.beside(&entry.name))
            .collect();
        others.sort();
        if self.is_strict {
            self.unlisted(others, "is of no receipt");
        } else {
            self.notes
                .extend(others.into_iter().map(|path| format!("{path} is of no receipt")));
        }
    }

    fn inputs(&mut self, receipt: &Receipt, document: &[u8]) {
        let name = "inputs".to_owned();
        let found = inputs::parse_json(document).and_then(|mut value| {
            if let (Node::Object(fields), Some(mode)) = (&mut value, receipt.mode)
                && fields.get("mode").is_none()
            {
                fields.push("mode", Node::Text(mode.as_str().into()));
            }
            inputs::normalize(value)
        });
        if receipt.inputs_hash.is_some() && receipt.inputs_sha256.is_none() {
            self.note(
                "the receipt is older than inputs_sha256, so the order of keys cannot be compared".into(),
            );
        }
        self.checks.push(match (found, &receipt.inputs_hash) {
            (Err(error), _) => Check::differs(What::Inputs, name, error.message().to_owned()),
            (Ok(_), None) => Check::differs(
                What::Inputs,
                name,
                "cannot be compared: the receipt has no inputs_hash".into(),
            ),
            (Ok(found), _) if receipt.has_inputs(Some(&found.hashes)) => {
                Check::holds(What::Inputs, name, Some(document.len() as u64))
            }
            (Ok(found), Some(written)) => Check::differs(
                What::Inputs,
                name,
                match found.hashes.inputs_hash {
                    hash if hash != *written => {
                        format!("has the hash {hash} where the receipt has {written}")
                    }
                    _ => "has the same values as the receipt's inputs, but its keys in another order".into(),
                },
            ),
        });
    }
}
