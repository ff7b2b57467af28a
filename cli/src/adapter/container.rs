//! The engines `docker` and `podman`: a processor's pinned image, by the engine's own command line.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use clap::ValueEnum;
use contracts::{ErrorCode, Mode, ProcessorError, Signal};
use tokio::process::Command;

use super::launch::{Launch, Reach};
use super::process::{arguments, secrets, settings};
use crate::call::Call;
use crate::registry::{Entry, file_name};

/// Where the artifacts are inside a container.
const ARTIFACTS: &str = "/artifacts";
/// Threads and processes; a processor has a handful.
const PIDS: &str = "256";

/// A container engine, by the name of its command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// Docker.
    Docker,
    /// Podman, with or without root.
    Podman,
}

/// An image that runs a processor.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    engine: Engine,
    /// What the engine is asked for, and what the receipts say.
    image: Arc<str>,
}

impl Program {
    /// Sees to it that the pinned image is on this machine.
    pub(super) fn prepare(engine: Engine, entry: &Entry, build: bool) -> Result<Self, ProcessorError> {
        if build {
            return Err(ProcessorError::new(
                ErrorCode::Usage,
                "`--build` makes binaries for the engine `process` only; a container runs from the entry's pinned image",
            ));
        }
        let image = entry.image.oci.as_ref().ok_or_else(|| {
            ProcessorError::new(
                ErrorCode::ImageUnpinned,
                format!(
                    "registry/{} pins no image, and a container runs pinned images only; put \
                     `image: {{oci: repo/{}@sha256:...}}` there, or use `--engine process`",
                    file_name(&entry.processor_ref),
                    entry.build.package
                ),
            )
        })?;
        let image = image.as_str();
        if !engine.ask(&["image", "inspect", image])?.status.success() {
            tracing::info!(image, "image_pull_started");
            let pulled = engine.ask(&["pull", "--quiet", image])?;
            if !pulled.status.success() {
                let why = String::from_utf8_lossy(&pulled.stderr).trim().to_owned();
                return Err(ProcessorError::new(
                    ErrorCode::ImagePull,
                    format!(
                        "{} cannot pull {image}; log in to its registry, or pin another one: {why}",
                        engine.name()
                    ),
                ));
            }
        }
        Ok(Self {
            engine,
            image: image.into(),
        })
    }

    pub(super) fn image(&self) -> &str {
        &self.image
    }

    /// The client's command: it has the caller's environment, the container only what is named.
    pub(super) fn launch(&self, call: &Call) -> Result<Launch, ProcessorError> {
        let limits = &call.entry.runtime;
        let memory = limits.memory.bytes().to_string();
        let user = format!(
            "{}:{}",
            rustix::process::geteuid().as_raw(),
            rustix::process::getegid().as_raw()
        );
        let name = format!(
            "counterfoil-{}-{}",
            call.execution_id.as_str(),
            std::process::id()
        );
        std::fs::create_dir_all(&*call.artifacts).map_err(|error| {
            ProcessorError::new(
                ErrorCode::OutputWrite,
                format!(
                    "the artifacts folder cannot be made: {error}; name another one with --artifacts-dir"
                ),
            )
        })?;

        let mut command = Command::new(self.engine.name());
        command.args(["run", "--rm", "--interactive", "--pull", "never", "--name", &name]);
        command.args(["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL"]);
        command.args(["--security-opt", "no-new-privileges", "--user", &user]);
        if self.engine == Engine::Podman && !rustix::process::geteuid().is_root() {
            command.args(["--userns", "keep-id"]); // else the caller's uid is another one inside
        }
        command.args(["--cpus", limits.cpu.as_str(), "--pids-limit", PIDS]);
        command.args(["--memory", &memory, "--memory-swap", &memory]);
        if call.mode == Mode::Mock {
            command.args(["--network", "none"]);
        }
        command.args(["--mount", &mount(&call.artifacts)]);
        for (name, value) in settings(call, &self.image, Path::new(ARTIFACTS)) {
            command.arg("--env").arg(format!("{name}={value}"));
        }
        for (name, _) in secrets(call) {
            command.args(["--env", name]); // the client takes the value from its own environment
        }
        command.arg(&*self.image).args(arguments(call));
        Ok(Launch {
            command,
            reach: Reach::Container {
                engine: self.engine,
                name,
            },
        })
    }
}

/// The engines read the value as CSV.
fn mount(artifacts: &Path) -> String {
    let source = format!("source={}", artifacts.display());
    let source = match source.contains([',', '"']) {
        true => format!("\"{}\"", source.replace('"', "\"\"")),
        false => source,
    };
    format!("type=bind,{source},target={ARTIFACTS}")
}

impl Engine {
    /// The command.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
        }
    }

    fn ask(self, arguments: &[&str]) -> Result<std::process::Output, ProcessorError> {
        std::process::Command::new(self.name())
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| {
                ProcessorError::new(
                    ErrorCode::AdapterInvocation,
                    format!(
                        "{} cannot be started: {error}; install it, or use `--engine process`, which needs none",
                        self.name()
                    ),
                )
            })
    }

    /// Signals the first process of a container.
    pub(super) async fn signal(self, name: &str, signal: Signal) {
        let signal = match signal {
            Signal::Interrupt => "INT",
            Signal::Terminate => "TERM",
        };
        self.tell(&["kill", "--signal", signal, name]).await;
    }

    /// Kills and removes a container.
    pub(super) async fn remove(self, name: &str) {
        match self {
            Self::Docker => self.tell(&["rm", "--force", name]).await,
            Self::Podman => self.tell(&["rm", "--force", "--time", "0", name]).await,
        }
    }

    async fn tell(self, arguments: &[&str]) {
        let output = Command::new(self.name())
            .args(arguments)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await;
        match output {
            Ok(output) if output.status.success() => {}
            Ok(output) => {
                let problem = String::from_utf8_lossy(&output.stderr);
                tracing::debug!(problem = problem.trim(), "engine_refused"); // mostly that it is gone
            }
            Err(error) => tracing::warn!(%error, "engine_not_started"),
        }
    }
}
