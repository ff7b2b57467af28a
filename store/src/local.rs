//! Executions in a directory of this machine: every file whole or not at all, and durable before a receipt names it.

mod artifacts;
mod checkpoint;
mod commit;
mod dir;
mod execution;
mod foreign;
mod prune;
mod root;
pub(crate) mod scratch_file;
mod staging;
mod start;
mod store;

pub use dir::Dir;
pub use prune::{Kept, Remains, What, find_remains, remove_remains};
pub use root::Root;
pub use store::LocalStore;
