//! The start of a run, beside the global receipt, where it is found by the execution id alone.

use std::io;

use documents::layout::START;

use super::dir::Dir;
use crate::execution::Checkpoint;

/// The directory of the execution.
#[derive(Debug)]
pub(super) struct LocalStart(pub(super) Dir);

impl Checkpoint for LocalStart {
    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        self.0.read_file(START)
    }

    /// A torn one says as much as a whole one: that a run was started.
    fn save(&self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_file(START, bytes)?.sync_all()?;
        self.0.sync()
    }

    fn clear(&self) -> io::Result<()> {
        self.0.remove_file(START)
    }
}
