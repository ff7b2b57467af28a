//! Whether the registry is as section 15 of the contracts has it.

mod rules;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use documents::Error as ProcessorError;
use serde::Serialize;

use super::{Entry, Registry};
use crate::workspace::Workspace;

/// Something to know of a file, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    pub(crate) file: String,
    pub(crate) level: Level,
    pub(crate) what: String,
    pub(crate) way_out: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// It has to be mended.
    Problem,
    /// It may stay as it is.
    Note,
}

/// A whole registry, looked at.
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
///
/// # Errors
///
/// `ERR_REGISTRY` where the folder cannot be read.
pub(crate) fn check(registry: &Registry) -> Result<Checked, ProcessorError> {
    let mut checked = Checked {
        entries: Vec::new(),
        findings: Vec::new(),
    };
    let workspace = Workspace::read(&registry.workspace());
    if let Err(problem) = &workspace {
        checked.findings.push(Finding::problem(
            &registry.shown(registry.folder()),
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
            .extend(found.into_iter().map(|finding| finding.of(&file)));
        checked.entries.push((file, entry));
    }
    Ok(checked)
}

impl Finding {
    pub(crate) fn problem(file: &str, what: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            level: Level::Problem,
            what: what.into(),
            way_out: way_out.into(),
        }
    }

    pub(crate) fn not_an_entry(file: &str, problem: String) -> Self {
        Self::problem(
            file,
            format!("not a registry entry: {problem}"),
            "correct it there",
        )
    }

    fn of(self, file: &str) -> Self {
        Self {
            file: file.to_owned(),
            ..self
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let note = match self.level {
            Level::Problem => "",
            Level::Note => "note: ",
        };
        write!(f, "{}: {note}{}; {}", self.file, self.what, self.way_out)
    }
}
