//! What the execution ids of a batch begin with: `--resume` has to come to the same ones.

use std::io;
use std::path::Path;

use documents::hash::sha256;
use documents::{ErrorCode, ExecutionId};
use serde::{Deserialize, Serialize};
use store::local::Dir;

use crate::error::Error;
use crate::run::options::Run;

/// The directory, below the artifacts, that remembers the last batch of each file.
const DIR: &str = "batch";
/// What a line adds to the name: `-`, up to 20 digits, `-` and 8 digits of its hash.
const LONGEST: usize = 128 - 30;

/// What the execution ids of a batch begin with.
pub(super) struct Name<'a> {
    text: String,
    /// The artifacts directory, and the file in it that remembers this name; `None` if none has to.
    record: Option<(&'a Path, String)>,
}

#[derive(Serialize, Deserialize)]
struct Remembered {
    batch: String,
}

impl<'a> Name<'a> {
    /// The name that was given, the one of the last batch of this file where it goes on, else a new one.
    pub(super) fn choose(run: &Run, file: &Path, is_file: bool, artifacts: &'a Path) -> Result<Self, Error> {
        if let Some(given) = &run.execution_id {
            let given = ExecutionId::parse(given)?;
            if given.as_str().len() > LONGEST {
                let message = format!("the execution id of a batch has at most {LONGEST} characters");
                return Err(Error::new(ErrorCode::ExecutionId, message).hint("every line adds its own"));
            }
            return Ok(Self {
                text: given.as_str().to_owned(),
                record: None,
            });
        }
        let new = || uuid::Uuid::now_v7().to_string();
        if !is_file {
            if run.resume {
                return Err(
                    Error::new(ErrorCode::Usage, "--resume knows only regular files again")
                        .hint("name this batch with --execution-id, both times"),
                );
            }
            return Ok(Self {
                text: new(),
                record: None,
            });
        }
        let not_remembered = |error| not_remembered(artifacts, &error);
        let record = record_name(run, file).map_err(not_remembered)?;
        let last = if run.resume {
            last(artifacts, &record).map_err(not_remembered)?
        } else {
            None
        };
        Ok(match last {
            Some(text) => Self { text, record: None },
            None => Self {
                text: new(),
                record: Some((artifacts, record)),
            },
        })
    }

    /// Makes it the one that `--resume` goes on with.
    pub(super) fn remember(self) -> Result<String, Error> {
        if let Some((artifacts, record)) = &self.record {
            remember(artifacts, record, &self.text).map_err(|error| not_remembered(artifacts, &error))?;
        }
        Ok(self.text)
    }
}

/// The same for every batch of this file that asks for the same.
fn record_name(run: &Run, file: &Path) -> io::Result<String> {
    let file = file.canonicalize()?;
    let mode = run.mode.map_or("", documents::Mode::as_str);
    let key = [
        run.processor_ref.as_str().as_bytes(),
        run.write_prefix.as_bytes(),
        mode.as_bytes(),
        file.as_os_str().as_encoded_bytes(),
    ]
    .join(&0);
    let key = sha256(&key);
    Ok(format!("{}.json", key.get(..32).unwrap_or(&key)))
}

fn last(artifacts: &Path, record: &str) -> io::Result<Option<String>> {
    let bytes = match Dir::open(artifacts).and_then(|root| root.child(DIR)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        dir => dir?.read_file(record)?,
    };
    let remembered = bytes.and_then(|bytes| serde_json::from_slice::<Remembered>(&bytes).ok());
    Ok(remembered
        .map(|remembered| remembered.batch)
        .filter(|batch| ExecutionId::parse(batch).is_ok()))
}

fn remember(artifacts: &Path, record: &str, name: &str) -> io::Result<()> {
    std::fs::create_dir_all(artifacts)?;
    let dir = Dir::open(artifacts)?.make_child(DIR)?;
    let staging = format!(".{record}.{name}"); // of this call alone
    let bytes = serde_json::to_vec(&Remembered {
        batch: name.to_owned(),
    })?;
    dir.write_file(&staging, &bytes)?.sync_all()?;
    dir.rename(&staging, &dir, record)?;
    dir.sync()
}

fn not_remembered(artifacts: &Path, error: &io::Error) -> Error {
    Error::new(
        ErrorCode::OutputWrite,
        format!(
            "the batch cannot be remembered below {}: {error}",
            artifacts.display()
        ),
    )
}
