//! A short text that a provider keeps for the next run of its execution, such as the id of a job that goes on without it.

use std::io;

use serde::{Deserialize, Serialize};

use super::staging::{KEPT, if_there};
use super::{Folder, Store};

/// Under this name the text is written before it has its own.
const NEW: &str = "kept.json.new";

/// What is kept of one execution; it outlives kills and failures, and ends with its success.
#[derive(Clone, Debug)]
pub struct Kept {
    prefix_folder: Folder,
    staging_name: String,
}

/// Whose text it is: a run with other inputs gets none of it.
#[derive(Serialize, Deserialize)]
struct Document {
    inputs_sha256: String,
    processor_ref: String,
    text: String,
}

impl Store {
    /// The place for what the provider keeps.
    pub fn kept(&self) -> Kept {
        Kept {
            prefix_folder: self.prefix_folder.clone(),
            staging_name: self.staging_name(),
        }
    }
}

impl Kept {
    /// What an earlier run has kept, if it had these inputs and this processor.
    ///
    /// # Errors
    ///
    /// Those of the disk. What cannot be understood is as if it was not there.
    pub fn read(&self, inputs_sha256: &str, processor_ref: &str) -> io::Result<Option<String>> {
        let Some(staging) = if_there(self.prefix_folder.child(&self.staging_name))? else {
            return Ok(None);
        };
        let bytes = staging.read_file(KEPT)?.unwrap_or_default();
        let document: Option<Document> = serde_json::from_slice(&bytes).ok();
        Ok(document
            .filter(|of| of.inputs_sha256 == inputs_sha256 && of.processor_ref == processor_ref)
            .map(|of| of.text))
    }

    /// Keeps a text in the place of what was kept before; it is on the disk when this comes back.
    ///
    /// # Errors
    ///
    /// Those of the disk; then what was kept before still is.
    pub fn write(&self, inputs_sha256: &str, processor_ref: &str, text: &str) -> io::Result<()> {
        let document = serde_json::to_vec(&Document {
            inputs_sha256: inputs_sha256.to_owned(),
            processor_ref: processor_ref.to_owned(),
            text: text.to_owned(),
        })?;
        let staging = self.prefix_folder.child(&self.staging_name)?;
        staging.write_file(NEW, &document)?.sync_all()?;
        staging.rename(NEW, &staging, KEPT)?;
        staging.sync()?;
        self.prefix_folder.sync()
    }

    /// Keeps nothing any more.
    ///
    /// # Errors
    ///
    /// Those of the disk.
    pub fn remove(&self) -> io::Result<()> {
        match if_there(self.prefix_folder.child(&self.staging_name))? {
            Some(staging) => staging.remove_file(KEPT),
            None => Ok(()),
        }
    }
}
