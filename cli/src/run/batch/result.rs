//! The line of a batch's result: an envelope, and which line of the file it is of.

use std::io::{self, Write as _};

use documents::envelope::Envelope;
use serde::Serialize;

use crate::session::Session;

/// Fields in the order of the specification (`docs/spec.md#batches`).
#[derive(Debug, Serialize)]
pub(super) struct LineResult<'a> {
    #[serde(flatten)]
    pub(super) envelope: &'a Envelope,
    /// The number of the line, from 1.
    pub(super) line: u64,
    /// What the caller calls the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) label: Option<&'a str>,
    /// Whether it was done before this call.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) before: bool,
}

impl LineResult<'_> {
    /// Prints the line on stdout.
    pub(super) fn print(&self, session: &Session) -> io::Result<()> {
        let line = serde_json::to_string(self)? + "\n";
        let mut stdout = session.stdout.clone();
        stdout.write_all(line.as_bytes())?;
        stdout.flush()
    }
}
