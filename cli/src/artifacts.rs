//! The artifacts directory: what `/artifacts/` stands for on this machine.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use store::local::Dir;

use crate::environment::Environment;

const DEFAULT: &str = "./artifacts";

// No doc comment: it would become the description of the command.
#[derive(Debug, Args)]
pub(crate) struct Artifacts {
    /// The directory that `/artifacts/` and `world://artifacts/` stand for [env: ARTIFACTS_BASE_DIR] [default: ./artifacts]
    #[arg(long, value_name = "DIR")]
    artifacts_dir: Option<PathBuf>,
}

impl Artifacts {
    /// The directory as it was named; the empty string names none.
    pub(crate) fn dir<'a>(&'a self, environment: &'a Environment) -> &'a Path {
        let given = self
            .artifacts_dir
            .as_deref()
            .or_else(|| environment.get("ARTIFACTS_BASE_DIR").map(Path::new));
        given
            .filter(|dir| !dir.as_os_str().is_empty())
            .unwrap_or(Path::new(DEFAULT))
    }

    /// Opens the directory.
    pub(crate) fn open(&self, environment: &Environment) -> anyhow::Result<Dir> {
        let dir = self.dir(environment);
        Dir::open(&environment.path(dir)).with_context(|| {
            format!(
                "the artifacts directory {} cannot be opened; name another with --artifacts-dir",
                dir.display()
            )
        })
    }
}
