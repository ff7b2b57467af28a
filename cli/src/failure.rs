//! How a command that cannot do its work says so.

use std::io::{self, Write as _};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use documents::Error as ProcessorError;

const ERROR: Style = AnsiColor::Red.on_default().bold();

/// Tells an error on stderr, in one sentence with its causes; gives the exit status.
///
/// Whoever stopped reading stdout is not told.
pub(crate) fn tell(error: &anyhow::Error) -> ExitCode {
    let is_closed = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    if error.downcast_ref::<io::Error>().is_some_and(is_closed) {
        return ExitCode::SUCCESS;
    }
    let (text, status) = match error.downcast_ref::<ProcessorError>() {
        Some(error) => (error.message().to_owned(), error.code().exit_status()),
        None => (format!("{error:#}"), 1),
    };
    let _ = writeln!(anstream::stderr(), "{ERROR}error:{ERROR:#} {text}"); // nowhere is left to tell it
    ExitCode::from(status)
}
