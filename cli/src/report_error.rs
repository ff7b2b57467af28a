//! How a command that cannot do its work says so.

use std::io::{self, Write as _};

use anstyle::{AnsiColor, Style};

use crate::error::Error;
use crate::session::{ExitStatus, Session};

const ERROR: Style = AnsiColor::Red.on_default().bold();

/// Reports an error on stderr, in one line with its causes; returns the exit status. A reader who closed stdout is no error.
pub(crate) fn report(error: &anyhow::Error, session: &Session) -> ExitStatus {
    let is_closed = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    if error.downcast_ref::<io::Error>().is_some_and(is_closed) {
        return ExitStatus::SUCCESS;
    }
    let message = match error.downcast_ref::<Error>() {
        Some(error) => error.message(),
        None => format!("{error:#}"),
    };
    let _ = writeln!(session.err(), "{ERROR}error:{ERROR:#} {message}"); // there is nowhere left to report it
    exit_status(error)
}

/// The exit status for an error.
pub(crate) fn exit_status(error: &anyhow::Error) -> ExitStatus {
    match error.downcast_ref::<Error>() {
        Some(error) => error.code().exit_status().into(),
        None => ExitStatus::FAILURE,
    }
}
