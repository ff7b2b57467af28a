//! Files that get their paths when they are whole.

use std::io::{self, Write};
use std::path::Path;

use documents::{Error, ExecutionId, WorldPath, WritePrefix};

use super::execution::MemoryStore;
use super::files::Memory;
use crate::execution::ExecutionStore;
use crate::store::{NewFile, Store};

impl Store for Memory {
    fn execution(&self, prefix: WritePrefix, id: ExecutionId) -> Result<Box<dyn ExecutionStore>, Error> {
        Ok(Box::new(MemoryStore::open(self.clone(), prefix, id)?))
    }

    fn create(&self) -> io::Result<Box<dyn NewFile>> {
        Ok(Box::new(MemoryFile(self.clone(), Vec::new())))
    }

    fn host_path(&self) -> Option<&Path> {
        None
    }
}

#[derive(Debug)]
struct MemoryFile(Memory, Vec<u8>);

impl Write for MemoryFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl NewFile for MemoryFile {
    fn publish(self: Box<Self>, path: &WorldPath) -> io::Result<()> {
        self.0.insert(path, self.1);
        Ok(())
    }

    fn publish_new(self: Box<Self>, path: &WorldPath) -> io::Result<()> {
        let mut state = self.0.state();
        if state.has(path.as_str()) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        state.write(path.as_str(), self.1)
    }
}
