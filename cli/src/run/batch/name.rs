//! What the execution ids of a batch begin with: `--resume` has to come to the same ones.

use std::io;
use std::path::Path;

use documents::hash::sha256;
use documents::{Error as ProcessorError, ErrorCode, ExecutionId};
use serde::{Deserialize, Serialize};
use store::local::Dir;

use super::super::Run;

/// The folder, below the artifacts, that remembers the last batch of each file.
const FOLDER: &str = "batch";
/// What a line adds to the name: `-`, up to 20 digits, `-` and 8 digits of its hash.
const LONGEST: usize = 128 - 30;

/// What the execution ids of a batch begin with.
pub(super) struct Name<'a> {
    text: String,
    /// The artifacts folder, and the file in it that remembers this name; `None` where nothing has to.
    place: Option<(&'a Path, String)>,
}

#[derive(Serialize, Deserialize)]
struct Remembered {
    batch: String,
}

impl<'a> Name<'a> {
    /// The name that was given, the one of the last batch of this file where it goes on, else a new one.
    ///
    /// # Errors
    ///
    /// `ERR_EXECUTION_ID` and `ERR_USAGE` for one that cannot be used, `ERR_OUTPUT_WRITE` where what is remembered cannot
    /// be read.
    pub(super) fn of(
        run: &Run,
        file: &Path,
        is_file: bool,
        artifacts: &'a Path,
    ) -> Result<Self, ProcessorError> {
        if let Some(given) = &run.execution_id {
            let given = ExecutionId::parse(given)?;
            return match given.as_str().len() <= LONGEST {
                true => Ok(Self {
                    text: given.as_str().to_owned(),
                    place: None,
                }),
                false => Err(ProcessorError::new(
                    ErrorCode::ExecutionId,
                    format!(
                        "the execution id of a batch has at most {LONGEST} characters; every line adds its own"
                    ),
                )),
            };
        }
        let new = || uuid::Uuid::now_v7().to_string();
        if !is_file {
            return match run.resume {
                true => Err(ProcessorError::new(
                    ErrorCode::Usage,
                    "--resume knows only regular files again; name this batch with --execution-id, both times",
                )),
                false => Ok(Self {
                    text: new(),
                    place: None,
                }),
            };
        }
        let place = place(run, file).map_err(|error| not_remembered(artifacts, &error))?;
        let last = match run.resume {
            true => last(artifacts, &place).map_err(|error| not_remembered(artifacts, &error))?,
            false => None,
        };
        Ok(match last {
            Some(text) => Self { text, place: None },
            None => Self {
                text: new(),
                place: Some((artifacts, place)),
            },
        })
    }

    /// Makes it the one that `--resume` goes on with.
    ///
    /// # Errors
    ///
    /// `ERR_OUTPUT_WRITE`.
    pub(super) fn remember(self) -> Result<String, ProcessorError> {
        if let Some((artifacts, place)) = &self.place {
            remember(artifacts, place, &self.text).map_err(|error| not_remembered(artifacts, &error))?;
        }
        Ok(self.text)
    }
}

/// The same for every batch of this file that asks for the same.
fn place(run: &Run, file: &Path) -> io::Result<String> {
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

fn last(artifacts: &Path, place: &str) -> io::Result<Option<String>> {
    let bytes = match Dir::open(artifacts).and_then(|root| root.child(FOLDER)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        folder => folder?.read_file(place)?,
    };
    let remembered = bytes.and_then(|bytes| serde_json::from_slice::<Remembered>(&bytes).ok());
    Ok(remembered
        .map(|remembered| remembered.batch)
        .filter(|batch| ExecutionId::parse(batch).is_ok()))
}

fn remember(artifacts: &Path, place: &str, name: &str) -> io::Result<()> {
    std::fs::create_dir_all(artifacts)?;
    let folder = Dir::open(artifacts)?.make_child(FOLDER)?;
    let staging = format!(".{place}.{name}"); // of this call alone
    let bytes = serde_json::to_vec(&Remembered {
        batch: name.to_owned(),
    })?;
    folder.write_file(&staging, &bytes)?.sync_all()?;
    folder.rename(&staging, &folder, place)?;
    folder.sync()
}

fn not_remembered(artifacts: &Path, error: &io::Error) -> ProcessorError {
    ProcessorError::new(
        ErrorCode::OutputWrite,
        format!(
            "the batch cannot be remembered below {}: {error}",
            artifacts.display()
        ),
    )
}
