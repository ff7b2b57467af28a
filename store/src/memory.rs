//! Executions in the memory of this process, for fast tests. Only scratch files are on the disk.

mod checkpoint;
mod execution;
mod files;
mod new_file;

pub use execution::MemoryStore;
pub use files::Memory;
