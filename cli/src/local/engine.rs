//! A container engine, by its own command line.

use std::process::{Output, Stdio};
use std::time::Duration;

use clap::ValueEnum;
use documents::{ErrorCode, Signal};
use logging::Redactor;
use tokio::process::Command;
use tokio::time::{sleep, timeout};

use super::stderr::Tail;
use crate::environment::Environment;
use crate::error::Error;
use crate::paths;

/// How long an engine may take to signal or remove a container; one that hangs keeps nobody waiting.
const PATIENCE: Duration = Duration::from_secs(10);
/// How soon a signal is sent again that no container was there for.
const AGAIN: Duration = Duration::from_millis(100);

/// How this machine runs a processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineName {
    /// The processor's own binary: beside counterfoil, else on PATH
    Process,
    /// The pinned image, by Docker
    Docker,
    /// The pinned image, by Podman
    Podman,
}

/// An engine and the environment of its client.
#[derive(Clone, Debug)]
pub(super) struct Engine {
    name: &'static str,
    environment: Environment,
}

impl Engine {
    pub(super) fn new(name: &'static str, environment: &Environment) -> Self {
        Self {
            name,
            environment: environment.clone(),
        }
    }

    /// The command.
    pub(super) const fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn is_podman(&self) -> bool {
        self.name == "podman"
    }

    /// Makes sure that an image is on this machine.
    ///
    /// Fails with `ERR_IMAGE_PULL`, or `ERR_ADAPTER_INVOCATION` where the engine is missing or does not answer.
    pub(super) fn fetch(&self, image: &str, redactor: &Redactor) -> Result<(), Error> {
        if self.ask(&["image", "inspect", image])?.status.success() {
            return Ok(());
        }
        tracing::info!(image, "image_pull_started");
        let pulled = self.ask(&["pull", "--quiet", image])?;
        if pulled.status.success() {
            return Ok(());
        }
        let answer = self.ask(&["version"])?;
        Err(if answer.status.success() {
            Error::new(
                ErrorCode::ImagePull,
                format!(
                    "{} cannot pull {image}; log in to its registry, or pin another one: {}",
                    self.name(),
                    reason(&pulled, redactor)
                ),
            )
        } else {
            Error::new(
                ErrorCode::AdapterInvocation,
                format!(
                    "{} does not answer; start it, or use `--engine process`, which needs none: {}",
                    self.name(),
                    reason(&answer, redactor)
                ),
            )
        })
    }

    fn ask(&self, arguments: &[&str]) -> Result<Output, Error> {
        self.environment
            .command(self.name())
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .map_err(|problem| self.missing(&problem))
    }

    /// `ERR_ADAPTER_INVOCATION` for an engine that cannot be started.
    pub(super) fn missing(&self, problem: &std::io::Error) -> Error {
        Error::new(
            ErrorCode::AdapterInvocation,
            format!(
                "{} cannot be started: {problem}; install it, or use `--engine process`, which needs none",
                self.name()
            ),
        )
    }

    /// Signals the first process of a container; one that is about to start is waited for.
    pub(super) async fn signal(&self, name: &str, signal: Signal) {
        let signal = match signal {
            Signal::Interrupt => "INT",
            Signal::Terminate => "TERM",
        };
        while !self.try_command(&["kill", "--signal", signal, name]).await {
            sleep(AGAIN).await;
        }
    }

    /// Kills and removes a container.
    pub(super) async fn remove(&self, name: &str) {
        let at_once: &[&str] = if self.is_podman() { &["--time", "0"] } else { &[] };
        self.try_command(&[&["rm", "--force"], at_once, &[name]].concat())
            .await;
    }

    /// Whether the engine did it.
    async fn try_command(&self, arguments: &[&str]) -> bool {
        let output = Command::from(self.environment.command(self.name()))
            .args(arguments)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        match timeout(PATIENCE, output).await {
            Ok(Ok(output)) if output.status.success() => return true,
            Ok(Ok(output)) => {
                let problem = String::from_utf8_lossy(&output.stderr);
                tracing::debug!(problem = problem.trim(), "engine_refused"); // mostly that it is gone
            }
            Ok(Err(error)) => tracing::warn!(%error, "engine_not_started"),
            Err(_) => tracing::warn!("engine_does_not_answer"),
        }
        false
    }
}

/// The end of what an engine said on stderr.
fn reason(output: &Output, redactor: &Redactor) -> String {
    let tail = Tail::default();
    tail.push(&output.stderr);
    let said = tail.text(redactor);
    tracing::warn!(stderr = said, "engine_refused"); // the log may hold paths of this machine
    if said.is_empty() {
        format!("it ended with {}", output.status)
    } else {
        paths::masked(&said)
    }
}
