//! The adapter `local` without an engine: a processor's own binary as a child process.

use std::path::{Path, PathBuf};

use documents::{ErrorCode, ImageDigest};
use tokio::process::Command;

use super::executable::Executable;
use super::launch::{ESTIMATE, Handle, Launch, PassedOn, arguments, settings};
use super::{shortage, supervise};
use crate::adapter::{Adapter, EstimatorProcess, Invocation, RunContext};
use crate::call::{Call, LOCAL};
use crate::cargo;
use crate::environment::Environment;
use crate::error::Error;
use crate::find_program;
use crate::registry::{Entry, Registry};
use crate::session::Session;

/// A binary that runs a processor.
#[derive(Debug)]
pub(super) struct Process {
    executable: Executable,
    image: ImageDigest,
    artifacts: PathBuf,
    environment: Environment,
}

impl Process {
    /// Finds the binary beside this one, else on `PATH`; or builds it.
    pub(super) fn prepare(
        entry: &Entry,
        registry: &Registry,
        artifacts: &Path,
        build: bool,
        session: &Session,
    ) -> Result<Self, Error> {
        let package = &entry.build.package;
        let environment = session.environment.clone();
        let path: PathBuf = if build {
            cargo::build(
                package,
                &registry.workspace(),
                ErrorCode::AdapterInvocation,
                session,
                |_| {},
            )?
        } else {
            find_program::processor(package, &environment).ok_or_else(|| {
                error(format!(
                    "the binary {package} is neither beside counterfoil nor on PATH"
                ))
                .hint("`--build` builds it")
            })?
        };
        let unreadable = |problem| error(format!("the binary {package} cannot be read: {problem}"));
        let executable = Executable::read(&path, &environment).map_err(unreadable)?;
        let image = format!("binary@sha256:{}", executable.sha256());
        let image = ImageDigest::parse(&image).map_err(|_| error(format!("{image} is not a digest")))?;
        Ok(Self {
            executable,
            image,
            artifacts: artifacts.to_owned(),
            environment,
        })
    }

    /// The child's command: the environment that the specification names, and nothing else of the caller's.
    fn launch(&self, call: &Call, arguments: &[&str]) -> Result<Launch, Error> {
        let package = &call.entry.build.package;
        let is_unchanged = self.executable.is_unchanged().map_err(|problem| {
            let unreadable = error(format!("the binary {package} cannot be read: {problem}"));
            shortage::explained(unreadable, &problem)
        })?;
        if !is_unchanged {
            let message = format!("the binary {package} was replaced while runs were going on");
            return Err(error(message).hint("start again with the new one"));
        }
        let mut command = Command::new(self.executable.path());
        command.env_clear().current_dir(self.environment.directory());
        command.args(arguments);
        command.envs(settings(call, self, &self.artifacts, &self.environment));
        let passed_on = PassedOn::new(call, &self.environment)?;
        command.envs(passed_on.secrets).envs(passed_on.settings);
        command.envs(passed_on.files).envs(passed_on.proxies);
        Ok(Launch {
            command,
            handle: Handle::Group,
            secrets: None,
        })
    }
}

impl Adapter for Process {
    fn name(&self) -> &'static str {
        LOCAL
    }

    fn image(&self) -> &ImageDigest {
        &self.image
    }

    fn estimator(&self, call: &Call) -> Result<EstimatorProcess, Error> {
        self.launch(call, &ESTIMATE)?.estimator()
    }

    fn invoke<'a>(&'a self, call: &'a Call, run: &'a RunContext) -> Invocation<'a> {
        Box::pin(async { supervise::run(self.launch(call, &arguments(call))?, call, run).await })
    }
}

fn error(what: String) -> Error {
    Error::new(ErrorCode::AdapterInvocation, what)
}
