//! The checkpoint, a file in the staging directory.

use std::io;

use super::dir::Dir;
use super::store::CHECKPOINT;
use crate::execution::Checkpoint;

/// The checkpoint is written under this name first.
const NEW: &str = "kept.json.new";

#[derive(Debug)]
pub(super) struct LocalCheckpoint {
    pub(super) prefix_dir: Dir,
    pub(super) staging_name: String,
}

impl Checkpoint for LocalCheckpoint {
    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        match self.prefix_dir.find_below(&[&self.staging_name])? {
            Some(staging) => staging.read_file(CHECKPOINT),
            None => Ok(None),
        }
    }

    fn save(&self, bytes: &[u8]) -> io::Result<()> {
        let staging = self.prefix_dir.child(&self.staging_name)?;
        staging.write_file(NEW, bytes)?.sync_all()?;
        staging.rename(NEW, &staging, CHECKPOINT)?;
        staging.sync()?;
        self.prefix_dir.sync()
    }

    fn clear(&self) -> io::Result<()> {
        match self.prefix_dir.find_below(&[&self.staging_name])? {
            Some(staging) => staging.remove_file(CHECKPOINT),
            None => Ok(()),
        }
    }
}
