//! The start of a run, beside the global receipt, where it is found by the execution id alone.

use std::io;

use documents::layout::START;

use super::dir::Dir;
use crate::execution::Checkpoint;

#[derive(Debug)]
pub(super) struct LocalStart {
    pub(super) execution_dir: Dir,
    /// The directories above it, and above the prefix, whose new entries may not be durable yet.
    pub(super) above: Vec<Dir>,
}

impl Checkpoint for LocalStart {
    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        self.execution_dir.read_file(START)
    }

    /// A torn one says as much as a whole one: that a run was started.
    fn save(&self, bytes: &[u8]) -> io::Result<()> {
        self.execution_dir.write_file(START, bytes)?.sync_all()?;
        self.execution_dir.sync()?;
        self.above.iter().try_for_each(Dir::sync)
    }

    fn clear(&self) -> io::Result<()> {
        self.execution_dir.remove_file(START)
    }
}
