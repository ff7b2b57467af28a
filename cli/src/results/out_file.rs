//! `--out FILE`: a file that the table replaces, whole or not at all.

use std::error::Error as _;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use documents::ErrorCode;

use super::collect::Batch;
use super::form::Form;
use super::sums::Sums;
use crate::environment::Environment;
use crate::error::Error;
use crate::unfinished;

/// How many symbolic links are followed, as Linux does.
const MOST_LINKS: usize = 40;

/// A file that a table can be written to.
#[derive(Debug)]
pub(crate) struct OutFile {
    form: Form,
    /// What a symbolic link leads to.
    path: PathBuf,
    /// As the caller named it.
    named: PathBuf,
}

impl OutFile {
    /// Checks that a table can be written there: before anything is paid for it.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE`.
    pub(crate) fn new(named: &Path, environment: &Environment) -> Result<Self, Error> {
        let this = Self {
            form: Form::of(named)?,
            path: target(environment.path(named)),
            named: named.to_owned(),
        };
        if this.path.metadata().is_ok_and(|there| !there.is_file()) {
            return Err(this.refused("is not a file"));
        }
        unfinished::remove_left(this.dir());
        match tempfile::tempfile_in(this.dir()) {
            Ok(_) => Ok(this), // it had no name
            Err(error) => Err(this.refused(&format!("cannot be written: {}", without_path(&error)))),
        }
    }

    /// Checks that the table would not replace this file, whatever name it has: `what` it is.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE`.
    pub(crate) fn check_is_not(&self, input: &Path, what: &str) -> Result<(), Error> {
        let is_same = match (self.path.metadata(), input.metadata()) {
            (Ok(one), Ok(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
            _ => false,
        };
        if is_same {
            return Err(self.refused(&format!("is {what}")));
        }
        Ok(())
    }

    /// Checks that the table would not be among the artifacts, where it could replace one.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE`.
    pub(crate) fn check_is_outside(&self, artifacts: &Path) -> Result<(), Error> {
        match (self.dir().canonicalize(), artifacts.canonicalize()) {
            (Ok(dir), Ok(artifacts)) if dir.starts_with(&artifacts) => {
                Err(self.refused("is in the artifacts directory"))
            }
            _ => Ok(()),
        }
    }

    /// Writes the table of a batch. A file that it replaces gives it its permissions.
    ///
    /// # Errors
    ///
    /// Those of the batch and of the file, which then stays as it was.
    pub(crate) fn write(&self, batch: &Batch<'_>) -> anyhow::Result<Sums> {
        let not_written = |error: io::Error| {
            anyhow!(
                "{} cannot be written: {}",
                self.named.display(),
                without_path(&error)
            )
        };
        let mut file = unfinished::file(self.dir()).map_err(not_written)?;
        if let Ok(there) = self.path.metadata() {
            let permissions = there.permissions();
            file.entry
                .as_file()
                .set_permissions(permissions)
                .map_err(not_written)?;
        }
        let sums = batch.write(self.form, false, file.entry.as_file_mut())?;
        file.entry
            .persist(&self.path)
            .map_err(|error| not_written(error.error))?;
        Ok(sums)
    }

    fn dir(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    fn refused(&self, why: &str) -> Error {
        let message = format!("{} {why}", self.named.display());
        Error::new(ErrorCode::Usage, message).hint("name another file with --out")
    }
}

/// What a path leads to, also where that is not there yet.
fn target(mut path: PathBuf) -> PathBuf {
    for _ in 0..MOST_LINKS {
        let Ok(to) = path.read_link() else { break };
        path = path.parent().unwrap_or(Path::new(".")).join(to);
    }
    path
}

/// What an error says without the path that `tempfile` adds to it, which is of a name of ours.
fn without_path(error: &io::Error) -> String {
    error
        .source()
        .map_or_else(|| error.to_string(), ToString::to_string)
}
