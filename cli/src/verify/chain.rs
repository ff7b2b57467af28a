//! The checks, in the order of the report.

use documents::WorldPath;
use documents::inputs;
use documents::json::Node;
use documents::layout::{INDEX, RECEIPT, REJECTED};
use documents::receipt;
use documents::receipt::{Examined, Receipt, Status};
use store::verify;

use super::report::{Check, Report, What};
use crate::locate::Located;

/// Checks a receipt, and everything that it speaks of.
pub(super) fn examine(located: &Located, inputs: Option<&[u8]>) -> Report {
    let Examined {
        receipt,
        faults,
        unknown,
    } = receipt::examine(&located.bytes);
    let mut examination = Examination {
        located,
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
                examination.leftovers(receipt);
            }
        }
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

struct Examination<'a> {
    located: &'a Located,
    checks: Vec<Check>,
    notes: Vec<String>,
}

impl Examination<'_> {
    fn note(&mut self, note: String) {
        self.notes.push(note);
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
        let places: Vec<WorldPath> = [receipt.local_path(), receipt.global_path()]
            .into_iter()
            .flatten()
            .filter(|place| Some(place) != here)
            .collect();
        for place in &places {
            let name = place.as_str();
            self.checks.push(
                match verify::twin(&self.located.root, place, &self.located.bytes) {
                    Ok(()) => {
                        Check::holds(What::Twin, name.to_owned(), Some(self.located.bytes.len() as u64))
                    }
                    Err(fault) => Check::fault(What::Twin, name, &fault),
                },
            );
        }
        if receipt.status == Status::Error && here.is_none_or(|path| path.split().1 != RECEIPT) {
            self.note(
                "a receipt of a failure does not say where its twin is; name the write prefix to compare the two".into(),
            );
        }
    }

    fn chain(&mut self, receipt: &Receipt) {
        let index = match verify::examine_index(&self.located.root, receipt) {
            Ok(index) => index,
            Err(fault) => {
                self.checks.push(Check::fault(What::Index, INDEX, &fault));
                return;
            }
        };
        let path = index.path.as_str();
        if index.errors.is_empty() {
            self.checks
                .push(Check::holds(What::Index, path.to_owned(), Some(index.size_bytes)));
        }
        let faults = index.errors.iter();
        self.checks
            .extend(faults.map(|fault| Check::fault(What::Index, path, fault)));
        let mut faults = verify::outputs(&self.located.root, &index.entries)
            .into_iter()
            .peekable();
        for (place, entry) in index.entries.iter().enumerate() {
            self.checks
                .push(match faults.next_if(|(faulty, _)| *faulty == place) {
                    Some((_, fault)) => Check::fault(What::Output, &entry.path, &fault),
                    None => Check::holds(What::Output, entry.path.clone(), Some(entry.size_bytes)),
                });
        }
        match verify::unlisted(&self.located.root, &index.path, &index.entries) {
            Ok(found) => self
                .notes
                .extend(found.into_iter().map(|path| format!("{path} is in no index"))),
            Err(error) => self.note(format!("the outputs beside {path} cannot be listed: {error}")),
        }
    }

    /// The answer that a failure could not use, where it was kept.
    fn rejected(&mut self, receipt: &Receipt) {
        let Some(rejected) = &receipt.rejected else { return };
        let path = &rejected.path;
        self.checks
            .push(match verify::rejected(&self.located.root, rejected) {
                Ok(()) => Check::holds(What::Rejected, path.clone(), Some(rejected.size_bytes)),
                Err(fault) => Check::fault(What::Rejected, path, &fault),
            });
    }

    /// A failure has no outputs; what lies beside it is of another run.
    fn leftovers(&mut self, receipt: &Receipt) {
        let Some(path) = self
            .located
            .path
            .as_ref()
            .filter(|path| path.split().1 == RECEIPT)
        else {
            return;
        };
        let (dirs, _) = path.split();
        let dir = self.located.root.open_below(&dirs);
        for name in [INDEX, REJECTED] {
            let is_named = name == REJECTED && receipt.rejected.is_some();
            let has = dir.as_ref().is_ok_and(|dir| dir.has(name).unwrap_or_default());
            if has && !is_named {
                self.notes.push(format!("{} is of no receipt", path.beside(name)));
            }
        }
        let found = verify::unlisted(&self.located.root, path, &[]).unwrap_or_default();
        self.notes
            .extend(found.into_iter().map(|path| format!("{path} is in no index")));
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
