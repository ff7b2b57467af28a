//! What a run leaves for the next one of its execution.

use std::io;

use documents::WorldPath;

use super::files::Memory;
use crate::artifacts::{Artifacts, ReadError};
use crate::execution::Checkpoint;

#[derive(Debug)]
pub(super) struct MemoryCheckpoint {
    pub(super) memory: Memory,
    pub(super) name: String,
}

impl Checkpoint for MemoryCheckpoint {
    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        Ok(self.memory.state().checkpoints.get(&self.name).cloned())
    }

    fn save(&self, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.memory.state();
        state.checkpoints.insert(self.name.clone(), bytes.to_owned());
        Ok(())
    }

    fn clear(&self) -> io::Result<()> {
        self.memory.state().checkpoints.remove(&self.name);
        Ok(())
    }
}

#[derive(Debug)]
pub(super) struct MemoryStart {
    pub(super) memory: Memory,
    pub(super) path: WorldPath,
}

impl Checkpoint for MemoryStart {
    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        match self.memory.read(&self.path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(ReadError::Missing) => Ok(None),
            Err(error) => Err(io::Error::other(error)),
        }
    }

    fn save(&self, bytes: &[u8]) -> io::Result<()> {
        self.memory.state().write(self.path.as_str(), bytes.to_owned())
    }

    fn clear(&self) -> io::Result<()> {
        self.memory.remove(&self.path);
        Ok(())
    }
}
