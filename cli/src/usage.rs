//! A wrong command line, reported to people on stderr and, where they asked for one, to programs as an envelope.

use std::ffi::OsString;
use std::io::Write as _;

use documents::{ErrorCode, ExecutionId};

use crate::call::Outcome;
use crate::loudness::command_name;
use crate::run::NAMES;
use crate::session::{ExitStatus, Session};

/// Prints help, the version, or what is wrong; returns the exit status.
///
/// The envelope repeats nothing of the command line but the execution id: the rest may hold a part of the inputs.
pub(crate) fn report(error: &clap::Error, arguments: &[OsString], session: &Session) -> ExitStatus {
    let text = error.render();
    let arguments = arguments.get(1..).unwrap_or_default();
    // there is nowhere left to report that a stream is closed
    if error.use_stderr() {
        let _ = write!(session.err(), "{}", text.ansi());
        if is_run_json(arguments) {
            let id = ExecutionId::find(arguments).unwrap_or_default();
            let error = documents::Error::wrong_command_line().into();
            let envelope = Outcome::error(&id.to_string_lossy(), &error, &Default::default());
            let _ = envelope.print(session);
        }
    } else {
        let _ = write!(session.out(), "{}", text.ansi());
    }
    u8::try_from(error.exit_code())
        .unwrap_or(ErrorCode::Usage.exit_status())
        .into()
}

/// Whether this is `run --json`, as far as a wrong command line shows it.
fn is_run_json(arguments: &[OsString]) -> bool {
    let is_run = command_name(arguments).is_some_and(|command| NAMES.iter().any(|name| command == name));
    is_run && arguments.iter().any(|argument| argument == "--json")
}
