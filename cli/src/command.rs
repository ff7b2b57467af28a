//! The command line.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::completions::Completions;
use crate::doctor::Doctor;
use crate::ls::Ls;
use crate::registry::RegistryCommand;
use crate::run::{self, Run};
use crate::scaffold::Scaffold;
use crate::show::Show;
use crate::verify::Verify;
use crate::{failure, usage};

/// Run AI providers as processors, with receipts that can be checked months later.
#[derive(Debug, Parser)]
#[command(
    name = "counterfoil",
    version,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub(crate) struct Counterfoil {
    #[command(subcommand)]
    command: Command,
}

/// `counterfoil run` alone. Its start-up counts: the other commands' options need not be made for it.
#[derive(Debug, Parser)]
#[command(name = "counterfoil", version, max_term_width = 100)]
struct CounterfoilRun {
    #[command(subcommand)]
    command: RunCommand,
}

#[derive(Debug, Subcommand)]
enum RunCommand {
    Run(Box<Run>),
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

/// The whole program: reads this process's arguments; gives its exit status (section 11 of the contracts).
#[must_use]
pub fn main() -> ExitCode {
    let command = match parse() {
        Ok(command) => command,
        Err(error) => return usage::tell(&error),
    };
    let result = match command {
        Command::Run(command) => command.run(),
        Command::Show(command) => command.run(),
        Command::Ls(command) => command.run(),
        Command::Verify(command) => command.run(),
        Command::Registry(command) => command.run(),
        Command::Scaffold(command) => command.run(),
        Command::Doctor(command) => command.run(),
        Command::Completions(command) => command.run(),
    };
    result.unwrap_or_else(|error| failure::tell(&error))
}

fn parse() -> Result<Command, clap::Error> {
    let is_run = std::env::args_os()
        .nth(1)
        .is_some_and(|command| run::NAMES.iter().any(|name| command == *name));
    if is_run {
        let RunCommand::Run(run) = CounterfoilRun::try_parse()?.command;
        return Ok(Command::Run(run));
    }
    Ok(Counterfoil::try_parse()?.command)
}
