//! The directory in which everything of one figure happens.

use std::path::{Path, PathBuf};
use std::process::Command;

use support::Test;
use tempfile::TempDir;

use crate::binaries;
use crate::result::Result;

pub(crate) struct Bench {
    dir: TempDir,
}

impl Bench {
    pub(crate) fn new(parent: &Path) -> Result<Self> {
        let dir = TempDir::with_prefix_in("counterfoil-benches-", parent)?;
        Ok(Self { dir })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        let path = self.path(name);
        std::fs::write(&path, bytes)?;
        Ok(path)
    }

    /// A copy of a program in the directory, so that everything that is compared starts from the same file system.
    pub(crate) fn install(&self, name: &str) -> Result<PathBuf> {
        let path = self.path(name);
        std::fs::copy(binaries::path(name)?, &path)?;
        Ok(path)
    }

    /// The write prefix of a round on this machine.
    pub(crate) fn prefix(&self, round: usize) -> PathBuf {
        self.path("artifacts").join("bench").join(round.to_string())
    }

    pub(crate) fn remove_artifacts(&self) -> Result<()> {
        Ok(std::fs::remove_dir_all(self.path("artifacts"))?)
    }
}

/// The orchestrator, a registry, and the processor `llm/litellm@1` beside it.
pub(crate) struct Orchestrated {
    program: PathBuf,
    registry: PathBuf,
    processor: PathBuf,
    cache: PathBuf,
}

impl Orchestrated {
    pub(crate) fn install(bench: &Bench) -> Result<Self> {
        let registry = Path::new(env!("CARGO_MANIFEST_DIR")).join("../registry");
        Ok(Self {
            program: bench.install("counterfoil")?,
            registry,
            processor: bench.install("llm-litellm")?,
            cache: bench.path("cache"),
        })
    }

    pub(crate) fn processor(&self) -> &Path {
        &self.processor
    }

    /// The start of a `counterfoil run`.
    pub(crate) fn command(&self, bench: &Bench) -> Command {
        Test::new(&self.program)
            .artifacts(bench.path("artifacts"))
            .env("XDG_CACHE_HOME", &self.cache)
            .env("COUNTERFOIL_REGISTRY", &self.registry)
            .args(["run", "--ref", "llm/litellm@1"])
            .command()
    }
}

/// A processor's run.
pub(crate) struct Run(Test);

impl Run {
    pub(crate) fn new(program: &Path, inputs: &Path) -> Self {
        let test = Test::processor(program).inputs_file(inputs);
        Self(test.prefix("/artifacts/bench/{execution_id}/"))
    }

    pub(crate) fn env(self, name: &str, value: &str) -> Self {
        Self(self.0.env(name, value))
    }

    /// The command of one round, whose number is the execution id: one that has succeeded is not run again.
    pub(crate) fn command(&self, bench: &Bench, round: usize) -> Command {
        self.command_of(bench, &round.to_string())
    }

    /// The same with an execution id that is no round's.
    pub(crate) fn command_of(&self, bench: &Bench, execution_id: &str) -> Command {
        let test = self.0.clone().artifacts(bench.path("artifacts"));
        test.execution_id(execution_id).command()
    }
}
