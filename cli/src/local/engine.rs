//! A container engine, by its own command line.

use std::process::{Child, Output, Stdio};
use std::time::{Duration, SystemTime};

use clap::ValueEnum;
use documents::{ErrorCode, Signal};
use logging::Redactor;
use tokio::process::Command;
use tokio::time::{sleep, timeout};

use super::stderr::Tail;
use crate::environment::Environment;
use crate::error::Error;
use crate::paths;

/// How long an engine may take to signal, look at or remove a container; one that hangs keeps nobody waiting.
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
    /// The command.
    pub(super) name: &'static str,
    environment: Environment,
}

/// A question that the engine is answering.
pub(super) struct Question<'a> {
    engine: &'a Engine,
    child: Child,
}

impl Engine {
    pub(super) fn new(name: &'static str, environment: &Environment) -> Self {
        Self {
            name,
            environment: environment.clone(),
        }
    }

    pub(super) fn is_podman(&self) -> bool {
        self.name == "podman"
    }

    /// How a container calls the machine that it runs on.
    pub(super) fn host(&self) -> &'static str {
        if self.is_podman() {
            "host.containers.internal"
        } else {
            "host.docker.internal"
        }
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    ///
    /// `ERR_ADAPTER_INVOCATION` for an engine that cannot be started.
    pub(super) fn ask(&self, arguments: &[&str]) -> Result<Output, Error> {
        self.start(arguments)?.answer()
    }

    /// Asks; several questions may be under way at once.
    ///
    /// # Errors
    ///
    /// Those of [`Engine::ask`].
    pub(super) fn start(&self, arguments: &[&str]) -> Result<Question<'_>, Error> {
        let child = self
            .environment
            .command(self.name)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|problem| self.missing(&problem))?;
        Ok(Question { engine: self, child })
    }

    /// `ERR_ADAPTER_INVOCATION` for an engine that cannot be started.
    pub(super) fn missing(&self, problem: &std::io::Error) -> Error {
        let message = format!("{} cannot be started: {problem}", self.name);
        Error::new(ErrorCode::AdapterInvocation, message)
            .hint("install it, or use `--engine process`, which needs none")
    }

    /// Signals the first process of a container; one that is about to start is waited for.
    pub(super) async fn signal(&self, name: &str, signal: Signal) {
        let signal = match signal {
            Signal::Interrupt => "INT",
            Signal::Terminate => "TERM",
        };
        while self
            .try_command(&["kill", "--signal", signal, name])
            .await
            .is_none()
        {
            sleep(AGAIN).await;
        }
    }

    /// Kills and removes a container.
    pub(super) async fn remove(&self, name: &str) {
        self.try_command(&[self.removal(), &[name]].concat()).await;
    }

    /// Whether the engine says that a container was killed for want of memory. Docker keeps its last events, also of containers
    /// that are removed; Podman does not say it reliably.
    pub(super) async fn was_out_of_memory(&self, name: &str) -> bool {
        if self.is_podman() {
            return false;
        }
        let container = format!("container={name}");
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let until = (now.as_secs() + 1).to_string(); // what happens within this second is before it
        let question = [
            "events",
            "--since",
            "24h",
            "--until",
            &until,
            "--filter",
            "event=oom",
        ];
        let answer = self
            .try_command(&[&question[..], &["--filter", &container]].concat())
            .await;
        answer.is_some_and(|answer| !answer.trim_ascii().is_empty())
    }

    /// The command that removes the containers which it is given, running or not.
    pub(super) fn removal(&self) -> &'static [&'static str] {
        if self.is_podman() {
            &["rm", "--force", "--volumes", "--time", "0"]
        } else {
            &["rm", "--force", "--volumes"]
        }
    }

    /// What the engine answers in time, if it does as it is told.
    async fn try_command(&self, arguments: &[&str]) -> Option<Vec<u8>> {
        let output = Command::from(self.environment.command(self.name))
            .args(arguments)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        match timeout(PATIENCE, output).await {
            Ok(Ok(output)) if output.status.success() => return Some(output.stdout),
            Ok(Ok(output)) => {
                let problem = String::from_utf8_lossy(&output.stderr);
                tracing::debug!(problem = problem.trim(), "engine_refused"); // mostly that it is gone
            }
            Ok(Err(error)) => tracing::warn!(%error, "engine_not_started"),
            Err(_) => tracing::warn!("engine_does_not_answer"),
        }
        None
    }
}

impl Question<'_> {
    /// Waits for the answer.
    ///
    /// # Errors
    ///
    /// `ERR_ADAPTER_INVOCATION` where it cannot be read.
    pub(super) fn answer(self) -> Result<Output, Error> {
        let output = self.child.wait_with_output();
        output.map_err(|problem| self.engine.missing(&problem))
    }
}

/// The end of what an engine said on stderr.
pub(super) fn reason(output: &Output, redactor: &Redactor) -> String {
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
