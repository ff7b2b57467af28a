//! Artifacts that runs and files are added to.

use std::fmt::Debug;
use std::io::{self, Write};
use std::path::Path;

use documents::{Error, ExecutionId, WorldPath, WritePrefix};

use crate::artifacts::Artifacts;
use crate::execution::ExecutionStore;

/// Artifacts that executions and files can be added to.
pub trait Store: Artifacts {
    /// Opens the store of one execution, making what is missing.
    ///
    /// # Errors
    ///
    /// `ERR_FORBIDDEN_SEGMENT` for a symbolic link on the way, `ERR_OUTPUT_WRITE` for any other error of the store.
    fn execution(&self, prefix: WritePrefix, id: ExecutionId) -> Result<Box<dyn ExecutionStore>, Error>;

    /// Begins a new file, which gets its path when it is whole.
    ///
    /// # Errors
    ///
    /// Those of the store.
    fn create(&self) -> io::Result<Box<dyn NewFile>>;

    /// The directory of this machine that holds the artifacts, if there is one.
    fn host_path(&self) -> Option<&Path>;
}

/// A file that has no path yet. It is removed if it never gets one.
pub trait NewFile: Write + Debug + Send {
    /// Moves it to its path, whole or not at all; it replaces a file that is there, and is durable when this returns.
    ///
    /// # Errors
    ///
    /// Those of the store.
    fn publish(self: Box<Self>, path: &WorldPath) -> io::Result<()>;

    /// The same, and replaces nothing.
    ///
    /// # Errors
    ///
    /// `AlreadyExists` where something has this path; those of the store.
    fn publish_new(self: Box<Self>, path: &WorldPath) -> io::Result<()>;
}
