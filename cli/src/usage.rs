//! A command line that is wrong, told to people on stderr and, where they asked for one, to programs as an envelope.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use documents::{Error as ProcessorError, ErrorCode, ExecutionId};

use crate::call::Outcome;
use crate::run;

/// Prints help, the version, or what is wrong; gives the exit status.
///
/// The envelope repeats nothing of the command line but the execution id: a piece of the inputs may stand in it.
pub(crate) fn tell(error: &clap::Error) -> ExitCode {
    let _ = error.print(); // nowhere is left to tell it
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    if error.use_stderr() && wants_envelope(&arguments) {
        let error = ProcessorError::wrong_command_line();
        let id = ExecutionId::find(&arguments).unwrap_or_default();
        let envelope = Outcome::error(&id.to_string_lossy(), &error, "", &Default::default());
        let _ = io::stdout().write_all(envelope.line().as_bytes()); // who reads it is gone
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(ErrorCode::Usage.exit_status()))
}

/// Whether this is `run --json`, as far as one can be made out.
fn wants_envelope(arguments: &[OsString]) -> bool {
    let is_run = arguments
        .iter()
        .find(|argument| !argument.as_encoded_bytes().starts_with(b"-"))
        .is_some_and(|command| run::NAMES.iter().any(|name| command == name));
    is_run && arguments.iter().any(|argument| argument == "--json")
}
