//! The list of a batch's lines, which `counterfoil results` goes by.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Seek as _, Write as _};
use std::mem;
use std::path::Path;

use documents::ErrorCode;
use logging::Redactor;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};
use store::Store;

use super::ids::Ids;
use super::row_columns::Columns;
use super::spool::unnamed;
use crate::error::Error;
use crate::paths::ARTIFACTS;
use crate::results::{Listed, Listing};
use crate::session::Session;

/// A line in the spool: its number, label and own columns.
type Spooled = (u64, Option<String>, Vec<Box<RawValue>>);

/// The numbers, labels and own columns of the lines, in the order of the file. They are not kept in memory.
pub(super) struct Labels {
    spool: BufWriter<File>,
    columns: Columns,
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
                columns: Columns::default(),
                error: None,
            }),
            Err(error) => Err(not_listed(store, &error)),
        }
    }

    /// Adds a line, and the columns of one that is a row. An error is reported when the list is published.
    pub(super) fn push(&mut self, line: u64, label: Option<&str>, row: Option<Map<String, Value>>) {
        if self.error.is_none() {
            let row = row.map(|row| self.columns.place(line, row)).unwrap_or_default();
            let added = serde_json::to_writer(&mut self.spool, &(line, label, row)).map_err(io::Error::from);
            let added = added.and_then(|()| self.spool.write_all(b"\n"));
            self.error = added.err();
        }
    }

    /// What of the rows is too large for the list, and so for the table.
    pub(super) fn left_out(&self) -> Option<String> {
        self.columns.left_out()
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
            let columns = self.columns.into_names().into_iter();
            let mut columns: Vec<_> = columns.map(|name| redactor.redact(&name)).collect();
            for (line, id) in BufReader::new(spool).lines().zip(ids.all()) {
                let (line, label, row) = serde_json::from_str::<Spooled>(&line?)?;
                let row = row.into_iter().map(|value| redacted(value, redactor));
                listing.push(&Listed {
                    line,
                    execution_id: id.in_batch(batch),
                    label: label.map(|label| redactor.redact(&label)),
                    columns: mem::take(&mut columns), // in the first line only
                    row: row.collect::<Result<_, _>>()?,
                })?;
            }
            listing.publish()
        };
        publish().map_err(|error: io::Error| not_listed(store, &error))
    }
}

/// A value without secrets: one that has some becomes a string.
fn redacted(value: Box<RawValue>, redactor: &Redactor) -> serde_json::Result<Box<RawValue>> {
    let json = value.get();
    if json.starts_with('"') {
        let text: String = serde_json::from_str(json)?;
        let redacted = redactor.redact(&text);
        return if redacted == text {
            Ok(value)
        } else {
            to_raw_value(&redacted)
        };
    }
    let redacted = redactor.redact(json);
    if redacted == json {
        Ok(value)
    } else {
        to_raw_value(&redacted)
    }
}

fn not_listed(store: &dyn Store, error: &io::Error) -> Error {
    let dir = store.host_path().unwrap_or(Path::new(ARTIFACTS)).display();
    let message = format!("the lines of the batch cannot be listed below {dir}: {error}");
    Error::new(ErrorCode::OutputWrite, message)
}
