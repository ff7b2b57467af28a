//! The command line.

use std::ffi::OsString;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::completions::Completions;
use crate::doctor::Doctor;
use crate::ls::Ls;
use crate::registry::RegistryCommand;
use crate::run::{self, Run};
use crate::scaffold::Scaffold;
use crate::session::{Environment, ExitStatus, Session, Stdio};
use crate::show::Show;
use crate::verify::Verify;
use crate::{report_error, usage};

/// Lines of help are no longer than this.
const HELP_COLUMNS: usize = 100;

/// Run AI providers as processors, with receipts that can be checked months later.
#[derive(Debug, Parser)]
#[command(name = "counterfoil", version, arg_required_else_help = true)]
struct Counterfoil {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(Box<Run>),
    Show(Show),
    Ls(Ls),
    Verify(Verify),
    Registry(RegistryCommand),
    #[command(visible_alias = "scaffold_processor", alias = "scaffold-processor")]
    Scaffold(Scaffold),
    Doctor(Doctor),
    Completions(Completions),
}

/// The whole program, as often as it is called: `arguments` begin with the program's name. It reads nothing of this
/// process but what it is given, and writes to nothing else; it takes over SIGINT and SIGTERM while processors run.
#[must_use]
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    environment: Environment,
    stdio: Stdio,
) -> ExitStatus {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let session = Session::new(environment, stdio);
    let columns = session.columns().unwrap_or(HELP_COLUMNS).min(HELP_COLUMNS);
    let mut parser = Counterfoil::command().term_width(columns);
    let parsed = parser.try_get_matches_from_mut(&arguments);
    let parsed = parsed.and_then(|matches| Counterfoil::from_arg_matches(&matches));
    let result = match parsed {
        Ok(Counterfoil { command }) => command.run(parser, &session),
        Err(error) => return usage::report(&error, &arguments, &session),
    };
    result.unwrap_or_else(|error| report_error::report(&error, &session))
}

impl Command {
    fn run(self, parser: clap::Command, session: &Session) -> anyhow::Result<ExitStatus> {
        match self {
            Self::Run(options) => run::run(&options, session),
            Self::Show(command) => command.run(session),
            Self::Ls(command) => command.run(session),
            Self::Verify(command) => command.run(session),
            Self::Registry(command) => command.run(session),
            Self::Scaffold(command) => command.run(session),
            Self::Doctor(command) => command.run(session),
            Self::Completions(command) => command.run(parser, session),
        }
    }
}
