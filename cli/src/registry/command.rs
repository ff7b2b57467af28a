//! `counterfoil registry`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::directory::Registry;
use super::{list, report};
use crate::environment::Environment;
use crate::error::Error;
use crate::session::{ExitStatus, Session};

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
  counterfoil registry check --remote
  counterfoil registry check --registry other/registry --json"
    )]
    Check(CheckOptions),
}

#[derive(Debug, Args)]
struct Options {
    #[command(flatten)]
    registry: RegistryOption,
    /// Print JSON lines
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct CheckOptions {
    #[command(flatten)]
    options: Options,
    /// Ask the registry of each pinned image too: whether the pin is still there, and for which platforms
    #[arg(long)]
    remote: bool,
}

// No doc comment: it would become the description of the command.
#[derive(Clone, Debug, Args)]
pub(crate) struct RegistryOption {
    /// The registry's directory [default: `registry` here or above] [env: COUNTERFOIL_REGISTRY]
    #[arg(long = "registry", value_name = "DIR")]
    given: Option<PathBuf>,
}

impl RegistryOption {
    /// The registry that is meant; `ERR_REGISTRY` if it does not exist.
    pub(crate) fn find(&self, environment: &Environment) -> Result<Registry, Error> {
        let variable = || environment.get("COUNTERFOIL_REGISTRY").map(Path::new);
        Registry::find(self.given.as_deref().or_else(variable), environment)
    }
}

impl RegistryCommand {
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<ExitStatus> {
        match self.command {
            Command::List(Options { registry, json }) => {
                list::run(&registry.find(&session.environment)?, json, session)
            }
            Command::Check(CheckOptions {
                options: Options { registry, json },
                remote,
            }) => report::run(&registry.find(&session.environment)?, remote, json, session),
        }
    }
}
