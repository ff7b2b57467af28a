//! Names for the checks that `.ci/run` makes. `cargo xtask --help` lists them.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a developer reads both")]

mod check;
mod ci;
mod deny;
mod fuzz;
mod modules;
mod shell;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use check::Check;
use shell::Shell;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The checks of this workspace by name")]
struct Arguments {
    check: Check,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let shell = Shell::new()?;
    if arguments.check == Check::Ci {
        ci::run(&shell)
    } else {
        arguments.check.run(&shell).map(drop)
    }
}
