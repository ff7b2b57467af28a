//! What a check of the registry finds.

use std::fmt;

use serde::Serialize;

use crate::printable::Printable;

/// Something worth knowing about a file, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    pub(crate) file: String,
    pub(crate) level: Level,
    pub(crate) what: String,
    #[serde(rename = "way_out")]
    pub(crate) hint: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// It has to be repaired.
    Problem,
    /// It may stay as it is.
    Note,
}

impl Finding {
    pub(crate) fn problem(file: &str, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            level: Level::Problem,
            what: what.into(),
            hint: hint.into(),
        }
    }

    pub(crate) fn not_an_entry(file: &str, problem: String) -> Self {
        Self::problem(
            file,
            format!("not a registry entry: {problem}"),
            "correct it there",
        )
    }

    pub(super) fn in_file(self, file: &str) -> Self {
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
        let [file, what, hint] = [&self.file, &self.what, &self.hint].map(|text| Printable(text));
        write!(f, "{file}: {note}{what}; {hint}")
    }
}
