//! Whether the registry is as `docs/spec.md#registry-entries` has it.

pub(super) mod finding;
pub(super) mod remote;
mod rules;

use std::collections::BTreeMap;
use std::path::Path;

use super::directory::Registry;
use super::entry::Entry;
use crate::error::Error;
use crate::workspace::Workspace;
use finding::{Finding, Level};

/// A whole registry, checked.
#[derive(Debug)]
pub(crate) struct Checked {
    /// The entries that can be read, with their files.
    pub(crate) entries: Vec<(String, Entry)>,
    pub(crate) findings: Vec<Finding>,
}

impl Checked {
    pub(crate) fn problems(&self) -> usize {
        self.count(Level::Problem)
    }

    pub(crate) fn count(&self, level: Level) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.level == level)
            .count()
    }
}

/// Checks every entry of a registry.
pub(crate) fn check(registry: &Registry) -> Result<Checked, Error> {
    let mut checked = Checked {
        entries: Vec::new(),
        findings: Vec::new(),
    };
    let workspace = Workspace::read(&registry.workspace(), registry.environment());
    if let Err(problem) = &workspace {
        checked.findings.push(Finding::problem(
            &registry.shown(registry.dir()),
            format!("the packages that it names cannot be checked: {problem}"),
            "keep the registry in the workspace of its processors",
        ));
    }
    let mut files = BTreeMap::new();
    for path in registry.files()? {
        let file = registry.shown(&path);
        let entry = match Entry::load(&path) {
            Ok(entry) => entry,
            Err(problem) => {
                checked.findings.push(Finding::not_an_entry(&file, problem));
                continue;
            }
        };
        if let Some(other) = files.insert(entry.processor_ref.to_string(), file.clone()) {
            checked.findings.push(Finding::problem(
                &file,
                format!("{} has an entry in {other} already", entry.processor_ref),
                "remove one of the two",
            ));
        }
        let name = path.file_name().map(Path::new).unwrap_or(&path);
        let found = rules::findings(&entry, name, workspace.as_ref().ok());
        checked
            .findings
            .extend(found.into_iter().map(|finding| finding.in_file(&file)));
        checked.entries.push((file, entry));
    }
    Ok(checked)
}
