//! The name of a batch, which its record and the execution ids of its lines begin with.

use std::ffi::OsStr;

use documents::{ErrorCode, ExecutionId, Mode};
use logging::Clock;
use store::{Artifacts, Store};

use super::file::BatchFile;
use super::ids;
use super::record::Record;
use crate::error::Error;
use crate::run::options::Run;

/// The longest name: an execution id has at most 128 characters.
const LONGEST: usize = 128 - ids::ADDED;
/// What `--new` adds, such as `.20261126T120000Z`.
const TIME: usize = 17;
/// The name of a batch whose file has none that can be used.
const PLAIN: &str = "batch";

/// The name of a batch.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) text: String,
    /// Whether the caller cannot know it: it has to be reported.
    pub(super) is_new: bool,
    /// What it was before `--new` added a time.
    plain: Option<String>,
}

impl Name {
    /// The name that is given, else the one that the file's name makes, else a UUID; with `--new` one that no batch has yet.
    ///
    /// # Errors
    ///
    /// `ERR_EXECUTION_ID` for a name that is not valid or too long; `ERR_USAGE` for `--resume` without one.
    pub(super) fn choose(run: &Run, file: &BatchFile, artifacts: &dyn Artifacts) -> Result<Self, Error> {
        let longest = if run.new { LONGEST - TIME } else { LONGEST };
        let text = match (&run.execution_id, file.path()) {
            (Some(given), _) => {
                let given = ExecutionId::parse(given)?;
                if given.as_str().len() > longest {
                    let message =
                        format!("the execution id of such a batch has at most {longest} characters");
                    return Err(Error::new(ErrorCode::ExecutionId, message).hint("every line adds its own"));
                }
                given.as_str().to_owned()
            }
            (None, Some(path)) => of_file(path.file_stem().unwrap_or_default(), longest),
            (None, None) if run.resume => {
                return Err(Error::new(
                    ErrorCode::Usage,
                    "--resume needs the name of the batch, which standard input does not have",
                )
                .hint("give it with --execution-id"));
            }
            (None, None) => {
                return Ok(Self {
                    text: uuid::Uuid::now_v7().to_string(),
                    is_new: true,
                    plain: None,
                });
            }
        };
        if run.new {
            return Ok(Self {
                text: unused(&text, artifacts)?,
                is_new: true,
                plain: Some(text),
            });
        }
        Ok(Self {
            text,
            is_new: false,
            plain: None,
        })
    }

    /// Makes the record of the batch. With `--new` it is that of this call alone: if another one has taken the name in between, this
    /// one takes the next.
    ///
    /// # Errors
    ///
    /// Those of the record.
    pub(super) fn record(&mut self, run: &Run, mode: Option<Mode>, store: &dyn Store) -> Result<(), Error> {
        loop {
            let record = Record::new(&self.text, &run.processor_ref, mode);
            let Some(plain) = &self.plain else {
                return record.write(store);
            };
            if record.write_new(store)? {
                return Ok(());
            }
            self.text = unused(plain, store)?;
        }
    }
}

/// The name that a file's name makes: what an execution id cannot hold becomes `-`.
fn of_file(stem: &OsStr, longest: usize) -> String {
    let stem = stem.to_string_lossy();
    let allowed = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') {
            c
        } else {
            '-'
        }
    };
    let name: String = stem.chars().map(allowed).collect();
    let name = name.trim_start_matches(['.', '-']);
    match name.get(..longest).unwrap_or(name) {
        "" => PLAIN.to_owned(),
        name => name.to_owned(),
    }
}

/// This name with the first time from now on that no batch has.
fn unused(name: &str, artifacts: &dyn Artifacts) -> Result<String, Error> {
    let mut time = Clock::system().now();
    loop {
        let digits = humantime::format_rfc3339_seconds(time).to_string();
        let name = format!("{name}.{}", digits.replace(['-', ':'], ""));
        if Record::find(artifacts, &name)?.is_none() {
            return Ok(name);
        }
        time += std::time::Duration::from_secs(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_becomes_one_that_ids_can_begin_with() {
        for (stem, name) in [
            ("nightly", "nightly"),
            ("Q 4_v1.2", "Q-4_v1.2"),
            (".hidden", "hidden"),
            ("--x", "x"),
            ("été", "t-"),
            ("日本", "batch"),
        ] {
            assert_eq!(of_file(stem.as_ref(), LONGEST), name);
            ExecutionId::parse(name).unwrap();
        }
        let long = of_file("a".repeat(200).as_ref(), LONGEST);
        assert_eq!(long.len(), 100);
    }
}
