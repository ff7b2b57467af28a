//! Measures the figures of `docs/performance.md` and prints them as a Markdown table.
//!
//! Every figure that is a comparison is taken side by side: one run of this, one run of that, many times, and the
//! medians of both. What a busy machine does to one it does to the other.

mod bench;
mod binaries;
mod documents;
mod figure;
mod figures;
mod peak;
mod replicate;
mod result;
mod service;
mod wall;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, Command, value_parser};

use bench::Bench;
use figures::FIGURES;
use result::Result;

fn main() -> ExitCode {
    match run() {
        Ok(status) => status,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}"); // nowhere else to report it
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    let matches = Command::new("figures")
        .about("Measures the figures of docs/performance.md")
        .arg(
            Arg::new("figure")
                .num_args(0..)
                .help("Which to measure; all without a name")
                .value_parser(PossibleValuesParser::new(
                    FIGURES.iter().map(|figure| figure.name),
                )),
        )
        .arg(
            Arg::new("check")
                .long("check")
                .action(ArgAction::SetTrue)
                .help("Exit with 1 when a figure misses its limit or cannot be measured"),
        )
        .arg(
            Arg::new("no-build")
                .long("no-build")
                .action(ArgAction::SetTrue)
                .help("Measure the binaries that are there"),
        )
        .arg(
            Arg::new("dir")
                .long("dir")
                .default_value("/dev/shm")
                .value_parser(value_parser!(PathBuf))
                .help("Where everything lies that is run, read or written; a tmpfs"),
        )
        .get_matches();
    if !matches.get_flag("no-build") {
        binaries::build()?;
    }
    let dir = matches.get_one::<PathBuf>("dir").cloned().unwrap_or_default();
    let names: Vec<&String> = matches.get_many("figure").into_iter().flatten().collect();

    let mut out = io::stdout();
    let mut missed = false;
    writeln!(
        out,
        "| figure | measured | limit | | how |\n|---|---|---|---|---|"
    )?;
    for figure in FIGURES {
        if names.is_empty() || names.iter().any(|name| *name == figure.name) {
            let (line, passes) = figure.line(&Bench::new(&dir)?);
            writeln!(out, "{line}")?;
            missed |= !passes;
        }
    }
    Ok(if missed && matches.get_flag("check") {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}
