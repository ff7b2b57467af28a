//! `--out FILE`: a file that the table replaces, whole or not at all.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use documents::ErrorCode;

use super::collect::Batch;
use super::form::Form;
use super::sums::Sums;
use crate::environment::Environment;
use crate::error::Error;
use crate::unfinished;

/// A file that a table can be written to.
#[derive(Debug)]
pub(crate) struct OutFile {
    form: Form,
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
            path: environment.path(named),
            named: named.to_owned(),
        };
        let refused = |why: &str| {
            let message = format!("{} {why}", named.display());
            Error::new(ErrorCode::Usage, message).hint("name another file with --out")
        };
        if this.path.metadata().is_ok_and(|there| !there.is_file()) {
            return Err(refused("is not a file"));
        }
        unfinished::remove_left(this.dir());
        match tempfile::tempfile_in(this.dir()) {
            Ok(_) => Ok(this), // it had no name
            Err(error) => Err(refused(&format!("cannot be written: {error}"))),
        }
    }

    /// Checks that the table would not replace this file.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE`.
    pub(crate) fn check_is_not(&self, input: &Path) -> Result<(), Error> {
        match (self.path.canonicalize(), input.canonicalize()) {
            (Ok(one), Ok(other)) if one == other => {
                let message = format!("{} is the file of the batch itself", self.named.display());
                Err(Error::new(ErrorCode::Usage, message).hint("name another file with --out"))
            }
            _ => Ok(()),
        }
    }

    /// Writes the table of a batch.
    ///
    /// # Errors
    ///
    /// Those of the batch and of the file, which then stays as it was.
    pub(crate) fn write(&self, batch: &Batch<'_>) -> anyhow::Result<Sums> {
        let named = self.named.display();
        let mut file = unfinished::file(self.dir()).with_context(|| format!("{named} cannot be written"))?;
        let sums = batch.write(self.form, false, file.entry.as_file_mut())?;
        file.entry
            .persist(&self.path)
            .map_err(|error| error.error)
            .with_context(|| format!("{named} cannot be written"))?;
        Ok(sums)
    }

    fn dir(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }
}
