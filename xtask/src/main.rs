//! Names for the checks that `.ci/run` makes. `cargo xtask --help` lists them.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a developer reads both")]

mod ci;
mod deny;
mod docs;
mod fuzz;
mod modules;
mod outcome;
mod readme;
mod shell;
mod task;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory as _, FromArgMatches as _, Parser};

use shell::Shell;
use task::Task;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The checks of this workspace by name")]
struct Arguments {
    /// The workspace, if not the one that this program is from
    #[arg(long, global = true)]
    root: Option<PathBuf>,
    #[command(subcommand)]
    task: Task,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let matches = Arguments::command().disable_help_subcommand(true).get_matches();
    let arguments = Arguments::from_arg_matches(&matches)?;
    let shell = Shell::new(arguments.root.unwrap_or_else(own_workspace))?;
    if let Task::Ci = arguments.task {
        ci::run(&shell)
    } else {
        arguments.task.run(&shell).map(drop)
    }
}

/// The directory above this package, which cargo names when it runs this program.
fn own_workspace() -> PathBuf {
    let package = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    package
        .as_deref()
        .and_then(Path::parent)
        .map_or_else(|| PathBuf::from("."), Path::to_owned)
}
