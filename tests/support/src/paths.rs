//! Where a run writes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::dir::Dir;

/// The artifacts directory, and what names the run in it.
#[derive(Clone)]
pub(crate) struct RunPaths {
    pub(crate) artifacts: Artifacts,
    pub(crate) prefix: String,
    pub(crate) execution_id: String,
}

#[derive(Clone)]
pub(crate) enum Artifacts {
    Own(Arc<Dir>),
    Given(PathBuf),
    /// `artifacts` in the working directory; the environment does not name it.
    Default(PathBuf),
}

impl RunPaths {
    /// The write prefix on this machine.
    pub(crate) fn prefix(&self) -> PathBuf {
        let prefix = self.prefix.replace("{execution_id}", &self.execution_id);
        let below = prefix.strip_prefix("/artifacts/").unwrap_or_default();
        self.artifacts.path().join(below)
    }

    /// The global receipt on this machine.
    pub(crate) fn global_receipt(&self) -> PathBuf {
        let executions = self.artifacts.path().join("execution");
        executions.join(&self.execution_id).join("determinism.json")
    }
}

impl Artifacts {
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Own(dir) => dir.root(),
            Self::Given(path) | Self::Default(path) => path,
        }
    }
}
