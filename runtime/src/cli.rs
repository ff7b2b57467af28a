//! A processor's command line (`docs/spec.md#processor-command-line`).

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, Command, value_parser};
use documents::ExecutionId;

const ESTIMATE: &str = "estimate";

/// What a command line asks for.
pub(crate) enum Task {
    Run(Arguments),
    /// Estimates of the inputs documents on stdin.
    Estimate,
}

pub(crate) struct Arguments {
    pub(crate) inputs: OsString,
    pub(crate) write_prefix: OsString,
    pub(crate) execution_id: OsString,
}

/// Why a command line starts no run.
pub(crate) struct UsageMessage {
    /// Help, the version, or what is wrong.
    pub(crate) text: String,
    /// Whether the caller requested it, so that it goes to stdout.
    pub(crate) is_requested: bool,
    /// The execution id, if one is recognizable.
    pub(crate) execution_id: Option<OsString>,
}

impl Task {
    /// Reads the arguments, the program's name first.
    pub(crate) fn parse(
        arguments: &[OsString],
        name: &'static str,
        version: &'static str,
        processor_ref: &str,
    ) -> Result<Self, UsageMessage> {
        let command = command(name, version, processor_ref);
        let matches = command
            .try_get_matches_from(arguments)
            .map_err(|error| UsageMessage {
                text: error.render().to_string(),
                is_requested: matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion),
                execution_id: ExecutionId::find(arguments),
            })?;
        let value = |name| {
            let value = matches.try_get_one::<OsString>(name).ok().flatten();
            value.cloned().unwrap_or_default() // clap has checked that it is there
        };
        if matches.get_flag(ESTIMATE) {
            return Ok(Self::Estimate);
        }
        Ok(Self::Run(Arguments {
            inputs: value("inputs"),
            write_prefix: value("write-prefix"),
            execution_id: value("execution-id"),
        }))
    }
}

fn command(name: &'static str, version: &'static str, processor_ref: &str) -> Command {
    let argument = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name(value)
            .help(help)
            .required(true)
            .value_parser(value_parser!(OsString))
    };
    Command::new(name)
        .bin_name(name)
        .version(version)
        .about(format!(
            "The processor {processor_ref}: reads inputs, runs its provider once, writes outputs and two receipts"
        ))
        .arg(argument("inputs", "FILE|-", "The inputs document (JSON, schema v1); - is standard input"))
        .arg(argument(
            "write-prefix",
            "PREFIX",
            "Where to write: /artifacts/.../, with {execution_id} wherever the id goes",
        ))
        .arg(argument(
            "execution-id",
            "ID",
            "The execution's name: 1 to 128 of A-Z a-z 0-9 . _ -",
        ))
        .arg(
            Arg::new(ESTIMATE)
                .long(ESTIMATE)
                .action(ArgAction::SetTrue)
                .exclusive(true)
                .help("Reads inputs documents from standard input, one a line, and says what each would ask; nothing is sent or written"),
        )
        .after_help(
            "Environment: ARTIFACTS_BASE_DIR (the directory that /artifacts stands for, default /artifacts), TIMEOUT_S,\n\
             LOG_LEVEL (default info), IMAGE_REF, CPU, MEMORY, PROCESSOR_REF, PLAN_ID, CI, and the provider's secrets.\n\
             The answer is one JSON line on stdout; logs are JSON lines on stderr.\n\n\
             Example:\n  \
             echo '{\"mode\":\"mock\",\"params\":{}}' | ARTIFACTS_BASE_DIR=./artifacts PROGRAM --inputs - --write-prefix '/artifacts/demo/{execution_id}/' --execution-id run-1\n"
                .replace("PROGRAM", name),
        )
}
