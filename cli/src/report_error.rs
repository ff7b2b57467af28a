//! How a command that cannot do its work says so.

use std::io::{self, Write as _};

use anstyle::{AnsiColor, Style};

use crate::error::Error;
use crate::session::{ExitStatus, Session};

const ERROR: Style = AnsiColor::Red.on_default().bold();

/// Reports an error on stderr, in one line with its causes; returns the exit status. A reader who closed stdout is no error.
pub(crate) fn report(error: &anyhow::Error, session: &Session) -> ExitStatus {
    let is_closed = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    let mut causes = error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>());
    if causes.any(is_closed) {
        return ExitStatus::SUCCESS;
    }
    let message = match error.downcast_ref::<Error>() {
        Some(error) => error.message(),
        None => format!("{error:#}"),
    };
    // in one piece: runs that go on write their log lines there, too
    let line = format!("{ERROR}error:{ERROR:#} {message}\n");
    let _ = session.err().write_all(line.as_bytes()); // there is nowhere left to report it
    exit_status(error)
}

/// The exit status for an error.
pub(crate) fn exit_status(error: &anyhow::Error) -> ExitStatus {
    match error.downcast_ref::<Error>() {
        Some(error) => error.code().exit_status().into(),
        None => ExitStatus::FAILURE,
    }
}
