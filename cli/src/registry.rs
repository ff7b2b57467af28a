//! The registry: a directory with one YAML file for each processor, see `docs/spec.md#registry-entries`.

pub(crate) mod check;
mod command;
mod directory;
pub(crate) mod entry;
mod list;
mod report;
pub(crate) mod schema;

pub(crate) use command::{RegistryCommand, RegistryOption};
pub(crate) use directory::{Registry, file_name};
pub(crate) use entry::{Entry, VariableName};
