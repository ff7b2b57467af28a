//! The inputs of a processor, in a file that is whole before it starts.

use std::fs::File;
use std::io::{self, Seek as _, Write as _};

use rustix::fs::{MemfdFlags, memfd_create};
use rustix::io::Errno;

/// A file without a name that has this document and is read from its start. A pipe would give a processor a part of it, or
/// nothing, where the orchestrator is killed meanwhile.
///
/// # Errors
///
/// Those of the system.
pub(super) fn holding(document: &[u8]) -> io::Result<File> {
    let mut file = match memfd_create("inputs", MemfdFlags::CLOEXEC) {
        Ok(file) => File::from(file),
        Err(Errno::NOSYS | Errno::PERM) => tempfile::tempfile()?, // a sandbox that does not have it
        Err(errno) => return Err(errno.into()),
    };
    file.write_all(document)?;
    file.rewind()?;
    Ok(file)
}
