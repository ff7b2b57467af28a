//! What the execution ids of a batch begin with: `--resume` has to come to the same ones.

use std::io;
use std::path::Path;

use documents::hash::sha256;
use documents::{ErrorCode, ExecutionId, WorldPath};
use serde::{Deserialize, Serialize};
use store::{Artifacts, ReadError, Store};

use crate::error::Error;
use crate::paths::ARTIFACTS;
use crate::run::options::Run;

/// The directory, below the artifacts, that remembers the last batch of each file.
const DIR: &str = "batch";
/// What a line adds to the name: `-`, up to 20 digits, `-` and 8 digits of its hash.
const LONGEST: usize = 128 - 30;

/// What the execution ids of a batch begin with.
pub(super) struct Name {
    text: String,
    /// The file that remembers this name; `None` if none has to.
    record: Option<WorldPath>,
}

#[derive(Serialize, Deserialize)]
struct Remembered {
    batch: String,
}

impl Name {
    /// The name that was given, the one of the last batch of this file where it goes on, else a new one.
    pub(super) fn choose(run: &Run, file: &Path, is_file: bool, store: &dyn Store) -> Result<Self, Error> {
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
                return Err(Error::new(
                    ErrorCode::Usage,
                    "--resume needs a regular file, which has the same lines again",
                )
                .hint("name this batch with --execution-id, both times"));
            }
            return Ok(Self {
                text: new(),
                record: None,
            });
        }
        let record = record(run, file).map_err(|error| not_remembered(store, &error))?;
        let last = if run.resume { last(store, &record)? } else { None };
        Ok(match last {
            Some(text) => Self { text, record: None },
            None => Self {
                text: new(),
                record: Some(record),
            },
        })
    }

    /// Makes it the one that `--resume` goes on with.
    pub(super) fn remember(self, store: &dyn Store) -> Result<String, Error> {
        if let Some(record) = &self.record {
            remember(store, record, &self.text).map_err(|error| not_remembered(store, &error))?;
        }
        Ok(self.text)
    }
}

/// The same for every batch of this file that asks for the same.
fn record(run: &Run, file: &Path) -> io::Result<WorldPath> {
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
    let path = format!("/artifacts/{DIR}/{}.json", key.get(..32).unwrap_or(&key));
    WorldPath::parse(&path).map_err(io::Error::other)
}

fn last(artifacts: &dyn Artifacts, record: &WorldPath) -> Result<Option<String>, Error> {
    let bytes = match artifacts.read(record) {
        Err(ReadError::Missing) => return Ok(None),
        read => read.map_err(|error| {
            Error::new(
                ErrorCode::OutputWrite,
                format!("the last batch of this file {error}"),
            )
        })?,
    };
    let remembered = serde_json::from_slice::<Remembered>(&bytes).ok();
    Ok(remembered
        .map(|remembered| remembered.batch)
        .filter(|batch| ExecutionId::parse(batch).is_ok()))
}

fn remember(store: &dyn Store, record: &WorldPath, name: &str) -> io::Result<()> {
    let mut file = store.create()?;
    serde_json::to_writer(
        &mut file,
        &Remembered {
            batch: name.to_owned(),
        },
    )?;
    file.publish(record)
}

fn not_remembered(store: &dyn Store, error: &io::Error) -> Error {
    let dir = store.host_path().unwrap_or(Path::new(ARTIFACTS)).display();
    let message = format!("the batch cannot be remembered below {dir}: {error}");
    Error::new(ErrorCode::OutputWrite, message)
}
