//! What is remembered of a batch, in `/artifacts/batch/<name>.json`: what it was begun with.

use std::io;
use std::path::Path;

use documents::{ErrorCode, Mode, ProcessorRef, WorldPath};
use serde::{Deserialize, Serialize};
use store::{Artifacts, NewFile, ReadError, Store};

use super::earlier_version;
use crate::error::Error;
use crate::paths::ARTIFACTS;

/// What all calls of a batch have in common.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    batch: String,
    #[serde(rename = "ref")]
    processor_ref: ProcessorRef,
    /// The value of `--mode`; left out where each line has its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) mode: Option<Mode>,
}

impl Record {
    pub(super) fn new(batch: &str, processor_ref: &ProcessorRef, mode: Option<Mode>) -> Self {
        Self {
            batch: batch.to_owned(),
            processor_ref: processor_ref.clone(),
            mode,
        }
    }

    /// The record of a batch that was begun before.
    ///
    /// # Errors
    ///
    /// `ERR_OUTPUT_WRITE` for a record that cannot be read, and `ERR_USAGE` for one that is none.
    pub(super) fn find(artifacts: &dyn Artifacts, batch: &str) -> Result<Option<Self>, Error> {
        let bytes = match artifacts.read(&path(batch)?) {
            Ok(bytes) => bytes,
            Err(ReadError::Missing) => return Ok(None),
            Err(error) => {
                let message = format!("the record of the batch {batch} {error}");
                return Err(Error::new(ErrorCode::OutputWrite, message));
            }
        };
        match serde_json::from_slice(&bytes) {
            Ok(record) => Ok(Some(record)),
            Err(_) if earlier_version::is_record(&bytes) => Err(earlier_version::refused(batch)),
            Err(_) => {
                let message = format!("/artifacts/batch/{batch}.json is not the record of a batch");
                let hint = "remove it, or name another batch with --execution-id";
                Err(Error::new(ErrorCode::Usage, message).hint(hint))
            }
        }
    }

    /// Checks that a later call goes on with the same processor, and in the same mode where it names one.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE`.
    pub(super) fn check(&self, processor_ref: &ProcessorRef, mode: Option<Mode>) -> Result<(), Error> {
        if self.processor_ref == *processor_ref && (mode.is_none() || mode == self.mode) {
            return Ok(());
        }
        let in_mode = |mode: Option<Mode>| match mode {
            Some(mode) => format!("in mode {mode}"),
            None => "in the mode of each line".to_owned(),
        };
        let message = format!(
            "the batch {} runs {} {}, and not {processor_ref} {}",
            self.batch,
            self.processor_ref,
            in_mode(self.mode),
            in_mode(mode.or(self.mode)),
        );
        let hint = "begin a batch of its own with --new, or name another one with --execution-id";
        Err(Error::new(ErrorCode::Usage, message).hint(hint))
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    ///
    /// `ERR_OUTPUT_WRITE`.
    pub(super) fn write(&self, store: &dyn Store) -> Result<(), Error> {
        self.publish(store, <dyn NewFile>::publish)
            .map_err(|error| not_remembered(store, &error))
    }

    /// The same, unless there is a record of a batch of this name; returns whether it was written.
    ///
    /// # Errors
    ///
    /// `ERR_OUTPUT_WRITE`.
    pub(super) fn write_new(&self, store: &dyn Store) -> Result<bool, Error> {
        match self.publish(store, <dyn NewFile>::publish_new) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(not_remembered(store, &error)),
        }
    }

    fn publish(
        &self,
        store: &dyn Store,
        publish: impl FnOnce(Box<dyn NewFile>, &WorldPath) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut file = store.create()?;
        serde_json::to_writer(&mut file, self)?;
        publish(file, &path(&self.batch).map_err(io::Error::other)?)
    }
}

fn not_remembered(store: &dyn Store, error: &io::Error) -> Error {
    let dir = store.host_path().unwrap_or(Path::new(ARTIFACTS)).display();
    let message = format!("the batch cannot be remembered below {dir}: {error}");
    Error::new(ErrorCode::OutputWrite, message)
}

fn path(batch: &str) -> Result<WorldPath, documents::Error> {
    WorldPath::parse(&format!("/artifacts/batch/{batch}.json"))
}
