//! `counterfoil registry`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use documents::Error as ProcessorError;

use super::{Registry, list, verdict};

/// Look at the registry: the processors that can be run by reference
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  counterfoil registry list
  counterfoil registry list --json | jq -r .entry.ref
  counterfoil registry check")]
pub(crate) struct RegistryCommand {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show every entry; exit status 30 when a file is not one
    #[command(
        after_help = "With --json, one JSON object a line: {\"file\",\"entry\"}, or {\"file\",\"problem\"} for a file \
                            that is not an entry.

Examples:
  counterfoil registry list
  counterfoil registry list --json | jq -r .entry.ref"
    )]
    List(Options),
    /// Check every entry, the package and the image that it names; exit status 30 when there is a problem
    #[command(
        after_help = "With --json, one JSON object a line: {\"file\",\"level\",\"what\",\"way_out\"}, where level is \
                            problem or note; none when all is well.

Examples:
  counterfoil registry check
  counterfoil registry check --registry other/registry --json"
    )]
    Check(Options),
}

#[derive(Debug, Args)]
struct Options {
    #[command(flatten)]
    folder: RegistryFolder,
    /// Print JSON lines
    #[arg(long)]
    json: bool,
}

/// Where the registry is.
#[derive(Clone, Debug, Args)]
pub(crate) struct RegistryFolder {
    /// The registry's folder [default: `registry` here or above]
    #[arg(long = "registry", value_name = "DIR", env = "COUNTERFOIL_REGISTRY")]
    given: Option<PathBuf>,
}

impl RegistryFolder {
    /// The registry that is meant.
    ///
    /// # Errors
    ///
    /// `ERR_REGISTRY` where there is none.
    pub(crate) fn find(&self) -> Result<Registry, ProcessorError> {
        Registry::find(self.given.as_deref())
    }
}

impl RegistryCommand {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::List(options) => list::run(&options.folder.find()?, options.json),
            Command::Check(options) => verdict::run(&options.folder.find()?, options.json),
        }
    }
}
