//! The artifacts directory: what `/artifacts/` stands for on this machine.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use documents::ErrorCode;
use store::local::{Dir, Root};
use store::{Artifacts, Store};

use crate::environment::Environment;
use crate::error::Error;

const DEFAULT: &str = "./artifacts";

// No doc comment: it would become the description of the command.
#[derive(Debug, Args)]
pub(crate) struct ArtifactsOption {
    /// The directory that `/artifacts/` and `world://artifacts/` stand for [env: ARTIFACTS_BASE_DIR] [default: ./artifacts]
    #[arg(long, value_name = "DIR")]
    artifacts_dir: Option<PathBuf>,
}

impl ArtifactsOption {
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

    /// Opens the directory for reading.
    pub(crate) fn open(&self, environment: &Environment) -> anyhow::Result<Arc<dyn Artifacts>> {
        let dir = self.dir(environment);
        let opened = Dir::open(&environment.path(dir)).with_context(|| {
            format!(
                "the artifacts directory {} cannot be opened; name another with --artifacts-dir",
                dir.display()
            )
        })?;
        Ok(Arc::new(opened))
    }

    /// The store of runs, whose directory need not exist yet; `ERR_USAGE` if there can be none.
    pub(crate) fn store(&self, environment: &Environment) -> Result<Arc<dyn Store>, Error> {
        let dir = self.dir(environment);
        let error = |message: String| Error::new(ErrorCode::Usage, message);
        let path = std::path::absolute(environment.path(dir))
            .map_err(|cause| error(format!("the artifacts directory has no absolute path: {cause}")))?;
        if dir.to_string_lossy().contains("://") {
            return Err(error(
                "--artifacts-dir is a URL, and runs of this version write to directories only".into(),
            ));
        }
        Ok(Arc::new(Root::new(path)))
    }
}
