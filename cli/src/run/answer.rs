//! The answer of a run, as people read it at a terminal.

use documents::layout::RECEIPT;
use documents::{WorldPath, receipt};

use super::options::Run;
use crate::results;
use crate::session::Session;

/// What a success says, and which model said it.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// The text of the first choice, or the paths of the files.
    pub(super) text: Option<String>,
    /// As its service calls it.
    pub(super) model: Option<String>,
    /// Why the text cannot be read.
    pub(super) problem: Option<String>,
}

impl Answer {
    /// Reads it from the outputs of an index, and the receipt beside that.
    pub(super) fn read(run: &Run, index_path: &str, session: &Session) -> Self {
        let artifacts = match run.artifacts.open(&session.environment) {
            Ok(artifacts) => artifacts,
            Err(error) => return Self::unreadable(format!("{error:#}")),
        };
        let Ok(index) = WorldPath::parse(index_path) else {
            return Self::unreadable("its index has no world path".to_owned());
        };
        let receipt = WorldPath::parse(&index.beside(RECEIPT)).ok();
        let receipt = receipt
            .and_then(|path| artifacts.read(&path).ok())
            .and_then(|bytes| receipt::examine(&bytes).receipt);
        let model = receipt.and_then(|receipt| receipt.extra.get("model").cloned());
        let dir = run.artifacts.dir(&session.environment);
        match results::answer_of(&*artifacts, index_path, dir) {
            Ok(text) => Self {
                text,
                model,
                problem: None,
            },
            Err(problem) => Self {
                model,
                ..Self::unreadable(problem)
            },
        }
    }

    fn unreadable(problem: String) -> Self {
        Self {
            problem: Some(problem),
            ..Self::default()
        }
    }

    /// Whether it names this path.
    pub(super) fn names(&self, path: &str) -> bool {
        self.text
            .as_ref()
            .is_some_and(|text| text.lines().any(|line| line == path))
    }
}
