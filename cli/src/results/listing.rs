//! The lines of a batch in the order of its file, in `/artifacts/batch/<name>.lines.jsonl`.

use std::io::{self, BufRead as _, BufReader, BufWriter, Lines, Write as _};

use documents::{ErrorCode, ExecutionId, WorldPath};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use store::{Artifact, Artifacts, NewFile, ReadError, Store};

use crate::error::Error;

/// A line of the batch.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Listed {
    /// Its number, from 1.
    pub(crate) line: u64,
    pub(crate) execution_id: String,
    /// What the caller calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) label: Option<String>,
    /// The names of the columns of all rows, in the first line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) columns: Vec<String>,
    /// Their values, where the line is a row that filled in a template; those at the end may be missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) row: Vec<Box<RawValue>>,
}

/// A list that is being written.
pub(crate) struct Listing {
    path: WorldPath,
    writer: BufWriter<Box<dyn NewFile>>,
}

impl Listing {
    /// Begins the list of a batch.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub(crate) fn create(batch: &str, store: &dyn Store) -> io::Result<Self> {
        Ok(Self {
            path: path(batch).map_err(io::Error::other)?,
            writer: BufWriter::new(store.create()?),
        })
    }

    /// Adds the next line.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub(crate) fn push(&mut self, listed: &Listed) -> io::Result<()> {
        serde_json::to_writer(&mut self.writer, listed)?;
        self.writer.write_all(b"\n")
    }

    /// Puts the list in its place, whole or not at all.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub(crate) fn publish(self) -> io::Result<()> {
        let file = self.writer.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.publish(&self.path)
    }
}

/// Reads the list of a batch, line after line.
pub(super) struct ListReader {
    path: WorldPath,
    lines: Lines<BufReader<Artifact>>,
}

impl ListReader {
    /// Opens the list.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE` where there is none, and `ERR_OUTPUT_WRITE` for one that cannot be read.
    pub(super) fn open(batch: &str, artifacts: &dyn Artifacts) -> Result<Self, Error> {
        let path = path(batch)?;
        match artifacts.open(&path) {
            Ok(file) => Ok(Self {
                lines: BufReader::new(file).lines(),
                path,
            }),
            Err(ReadError::Missing) => Err(missing(batch, artifacts)),
            Err(error) => Err(Error::new(ErrorCode::OutputWrite, format!("{path} {error}"))),
        }
    }

    /// The next lines, at most so many.
    ///
    /// # Errors
    ///
    /// `ERR_OUTPUT_WRITE` for a list that cannot be read.
    pub(super) fn next(&mut self, count: usize) -> Result<Vec<Listed>, Error> {
        let Self { path, lines } = self;
        lines
            .take(count)
            .map(|line| Ok(serde_json::from_str(&line?)?))
            .collect::<Result<_, io::Error>>()
            .map_err(|error| {
                let message = format!("{path} cannot be read: {error}");
                let hint = "run the batch's command again, which writes it anew";
                Error::new(ErrorCode::OutputWrite, message).hint(hint)
            })
    }
}

fn missing(batch: &str, artifacts: &dyn Artifacts) -> Error {
    let record = WorldPath::parse(&format!("/artifacts/batch/{batch}.json"));
    if record.is_ok_and(|record| artifacts.open(&record).is_ok()) {
        let message = format!("the batch {batch} has no list of its lines");
        let hint = "run its command again, which writes one and does what is left";
        return Error::new(ErrorCode::Usage, message).hint(hint);
    }
    let message = format!("no batch is named {batch}");
    let hint = "a batch has the name of its file without the extension, or that of --execution-id";
    Error::new(ErrorCode::Usage, message).hint(hint)
}

fn path(batch: &str) -> Result<WorldPath, Error> {
    let id = ExecutionId::parse(batch).map_err(|_| {
        let message = format!("no batch is named {batch:?}");
        Error::new(ErrorCode::Usage, message).hint("name a batch, such as nightly")
    })?;
    Ok(WorldPath::parse(&format!(
        "/artifacts/batch/{}.lines.jsonl",
        id.as_str()
    ))?)
}
