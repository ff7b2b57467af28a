//! Executions in the memory of this process, for fast tests. Only scratch files are on the disk.

mod execution;
mod files;

pub use execution::MemoryStore;
pub use files::Memory;
