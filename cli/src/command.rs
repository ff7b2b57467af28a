//! The command line.

use std::ffi::OsString;

use clap::{ArgMatches, Args, Command, FromArgMatches};

use crate::build::Build;
use crate::cat::Cat;
use crate::completions::Completions;
use crate::doctor::Doctor;
use crate::environment::Environment;
use crate::loudness::{Loudness, LoudnessOptions};
use crate::ls::Ls;
use crate::pin::Pin;
use crate::prune::Prune;
use crate::registry::RegistryCommand;
use crate::results::Results;
use crate::run::{self, Run};
use crate::scaffold::Scaffold;
use crate::session::{ExitStatus, Session, Stdio};
use crate::show::Show;
use crate::verify::Verify;
use crate::{report_error, usage};

/// Lines of help are no longer than this.
const HELP_COLUMNS: usize = 100;

/// The whole program, as often as it is called: `arguments` begin with the program's name. It reads nothing of this
/// process but what it is given, and writes to nothing else; it takes over SIGINT and SIGTERM while processors run.
#[must_use]
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    environment: Environment,
    stdio: Stdio,
) -> ExitStatus {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let session = Session::new(&arguments, environment, stdio);
    let columns = session.columns().unwrap_or(HELP_COLUMNS).min(HELP_COLUMNS);
    let parsed = parser().term_width(columns).try_get_matches_from(&arguments);
    let result = parsed
        .map_err(anyhow::Error::from)
        .and_then(|matches| match matches.subcommand() {
            Some((name, options)) => {
                let loudness = Loudness::of([&matches, options]);
                dispatch(name, options, &session.clone().with_loudness(loudness))
            }
            None => Ok(ExitStatus::FAILURE), // the parser requires a command
        });
    result.unwrap_or_else(|error| match error.downcast_ref::<clap::Error>() {
        Some(error) => usage::report(error, &arguments, &session),
        None => report_error::report(&error, &session),
    })
}

/// Makes the options of a command only when it is called, or its help is asked for: all of them take longer than a
/// tenth of a run's own time.
fn parser() -> Command {
    let command =
        |name, about, options: fn(Command) -> Command| Command::new(name).about(about).defer(options);
    LoudnessOptions::augment_args(Command::new("counterfoil"))
        .about("Run AI providers as processors, with receipts that can be checked months later")
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands([
            command(run::NAMES[0], run::ABOUT, options_of::<Run>).alias(run::NAMES[1]),
            command("show", "Show what a run was and what it left", options_of::<Show>),
            command("cat", "Print an output of a run", options_of::<Cat>),
            command(
                "ls",
                "List the executions below the artifacts directory, newest first",
                options_of::<Ls>,
            ),
            command(
                "results",
                "Print what became of a batch: a row for every line of its file",
                options_of::<Results>,
            ),
            command(
                "verify",
                "Check that a run's files are still those that its receipt names",
                options_of::<Verify>,
            ),
            command(
                "prune",
                "Remove what killed runs left and no run holds",
                options_of::<Prune>,
            ),
            command(
                "pin",
                "Write the digest of a processor's image into its registry entry",
                options_of::<Pin>,
            ),
            options_of::<RegistryCommand>(Command::new("registry"))
                .mut_args(|option| option.global(true)) // its commands have them
                .about("Look at the registry: the processors that can be run by reference"),
            command(
                "scaffold",
                "Make a new processor in the workspace: crate, mock, golden test and registry entry",
                options_of::<Scaffold>,
            )
            .visible_alias("scaffold_processor")
            .alias("scaffold-processor"),
            command(
                "build",
                "Build a processor's image without a container engine, and write or push it",
                options_of::<Build>,
            ),
            command(
                "doctor",
                "Say what this machine can run, and what to do about what it cannot",
                options_of::<Doctor>,
            ),
            command(
                "completions",
                "Print a script that completes counterfoil's commands and options in your shell",
                options_of::<Completions>,
            ),
        ])
}

/// The options of a command, and those of every command.
fn options_of<T: Args>(command: Command) -> Command {
    LoudnessOptions::augment_args(T::augment_args(command))
}

fn dispatch(name: &str, options: &ArgMatches, session: &Session) -> anyhow::Result<ExitStatus> {
    fn read<T: FromArgMatches>(options: &ArgMatches) -> Result<T, clap::Error> {
        T::from_arg_matches(options)
    }
    match name {
        "show" => read::<Show>(options)?.run(session),
        "cat" => read::<Cat>(options)?.run(session),
        "ls" => read::<Ls>(options)?.run(session),
        "results" => read::<Results>(options)?.run(session),
        "verify" => read::<Verify>(options)?.run(session),
        "prune" => read::<Prune>(options)?.run(session),
        "pin" => read::<Pin>(options)?.run(session),
        "registry" => read::<RegistryCommand>(options)?.run(session),
        "scaffold" => read::<Scaffold>(options)?.run(session),
        "build" => read::<Build>(options)?.run(session),
        "doctor" => read::<Doctor>(options)?.run(session),
        "completions" => read::<Completions>(options)?.run(parser(), session),
        _ => run::run(&read::<Run>(options)?, session),
    }
}
