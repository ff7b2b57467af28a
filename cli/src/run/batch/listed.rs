//! The list of a batch's lines, which `counterfoil results` goes by.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Seek as _, Write as _};
use std::path::Path;

use documents::ErrorCode;
use logging::Redactor;
use store::Store;

use super::ids::Ids;
use super::spool::unnamed;
use crate::error::Error;
use crate::paths::ARTIFACTS;
use crate::results::{Listed, Listing};
use crate::session::Session;

/// The numbers and labels of the lines, in the order of the file. They are not kept in memory.
pub(super) struct Labels {
    spool: BufWriter<File>,
    error: Option<io::Error>,
}

impl Labels {
    /// No lines yet.
    ///
    /// # Errors
    ///
    /// `ERR_OUTPUT_WRITE`.
    pub(super) fn new(store: &dyn Store, session: &Session) -> Result<Self, Error> {
        match unnamed(store.host_path(), session) {
            Ok(file) => Ok(Self {
                spool: BufWriter::new(file),
                error: None,
            }),
            Err(error) => Err(not_listed(store, &error)),
        }
    }

    /// Adds a line. An error is reported when the list is published.
    pub(super) fn push(&mut self, line: u64, label: Option<&str>) {
        if self.error.is_none() {
            let added = serde_json::to_writer(&mut self.spool, &(line, label)).map_err(io::Error::from);
            let added = added.and_then(|()| self.spool.write_all(b"\n"));
            self.error = added.err();
        }
    }

    /// Publishes the list of the batch of this name, whose lines have these ids. It replaces that of an earlier call.
    ///
    /// # Errors
    ///
    /// `ERR_OUTPUT_WRITE`.
    pub(super) fn publish(
        self,
        batch: &str,
        ids: &Ids,
        redactor: &Redactor,
        store: &dyn Store,
    ) -> Result<(), Error> {
        let publish = || {
            if let Some(error) = self.error {
                return Err(error);
            }
            let mut spool = self.spool.into_inner().map_err(io::IntoInnerError::into_error)?;
            spool.rewind()?;
            let mut listing = Listing::create(batch, store)?;
            for (line, id) in BufReader::new(spool).lines().zip(ids.all()) {
                let (line, label) = serde_json::from_str::<(u64, Option<String>)>(&line?)?;
                listing.push(&Listed {
                    line,
                    execution_id: id.in_batch(batch),
                    label: label.map(|label| redactor.redact(&label)),
                })?;
            }
            listing.publish()
        };
        publish().map_err(|error: io::Error| not_listed(store, &error))
    }
}

fn not_listed(store: &dyn Store, error: &io::Error) -> Error {
    let dir = store.host_path().unwrap_or(Path::new(ARTIFACTS)).display();
    let message = format!("the lines of the batch cannot be listed below {dir}: {error}");
    Error::new(ErrorCode::OutputWrite, message)
}
