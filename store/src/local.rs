//! Executions in a directory of this machine: every file whole or not at all, and durable before a receipt names it.

mod artifacts;
mod checkpoint;
mod commit;
mod dir;
mod execution;
mod foreign;
pub(crate) mod scratch_file;
mod staging;
mod store;

pub use dir::Dir;
pub use store::LocalStore;
