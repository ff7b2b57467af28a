//! The adapter `local` with an engine: a processor's image in a container of Docker or Podman.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use documents::{ErrorCode, ImageDigest, Mode};
use logging::Redactor;
use rustix::process::geteuid;
use tokio::process::Command;

use super::engine::Engine;
use super::launch::{ESTIMATE, Handle, Launch, PassedOn, arguments, settings};
use super::left::{self, Left};
use super::secret_files::{self, SecretFiles};
use super::user::{self, User};
use super::{build, image, loopback, mount, supervise};
use crate::adapter::{Adapter, EstimatorProcess, Invocation, RunContext};
use crate::call::{Call, LOCAL};
use crate::environment::Environment;
use crate::error::Error;
use crate::proxies;
use crate::registry::{Entry, Registry};
use crate::session::Session;

/// Where the artifacts are inside a container.
const ARTIFACTS: &str = "/artifacts";
/// Where secrets are, one a file: what `docker inspect` shows of a container, its environment above all, has none.
const SECRETS: &str = "/run/secrets";
/// Below which the files of settings are, each named as its setting.
const SETTINGS: &str = "/run/settings";
/// Threads and processes; a processor has a handful.
const PIDS: &str = "256";
/// How many bytes of an execution id go into the name of its container.
const LONGEST_ID: usize = 64;

/// An image that runs a processor.
#[derive(Debug)]
pub(super) struct Container {
    engine: Engine,
    /// What the receipts say.
    image: ImageDigest,
    /// What the engine calls it.
    reference: String,
    /// The artifacts directory on this machine.
    artifacts: PathBuf,
    environment: Environment,
    /// What killed orchestrators have left, and goes on.
    left: Vec<Left>,
}

impl Container {
    /// Makes sure that the pinned image is on this machine, or builds one.
    pub(super) fn prepare(
        engine: &'static str,
        entry: &Entry,
        registry: &Registry,
        artifacts: &Path,
        build: bool,
        redactor: &Redactor,
        session: &Session,
    ) -> Result<Self, Error> {
        let environment = session.environment.clone();
        let engine = Engine::new(engine, &environment);
        secret_files::sweep(&environment);
        let (image, reference, listed) = if build {
            let id = build::image(&engine, entry, &registry.workspace(), session)?;
            let image = local_name(&entry.build.package, &id)?;
            (image, format!("sha256:{id}"), left::ask(&engine)?)
        } else {
            let image = image::pinned(entry)?;
            let listed = left::ask(&engine)?; // answers while the image is looked at
            image::fetch(&engine, &image, entry, redactor)?;
            let reference = image.as_str().to_owned();
            (image, reference, listed)
        };
        Ok(Self {
            left: left::sweep(&engine, listed),
            engine,
            image,
            reference,
            artifacts: artifacts.to_owned(),
            environment,
        })
    }

    /// The client's command: it has the caller's environment but for the secrets, the container only what is named.
    fn launch(&self, call: &Call) -> Result<Launch, Error> {
        let passed_on = self.passed_on(call)?;
        let artifacts = mount::artifacts(&self.artifacts, ARTIFACTS)?;
        let files = passed_on.files.values().map(PathBuf::as_path);
        let user = user::choose(&self.artifacts, call, files).map_err(|error| {
            let message = format!("the artifacts directory cannot be made: {error}");
            Error::new(ErrorCode::OutputWrite, message).hint("name another one with --artifacts-dir")
        })?;
        for left in &self.left {
            left.report(call, &self.artifacts);
        }
        self.command(call, &passed_on, user, Some(&artifacts), &arguments(call))
    }

    /// The same for estimates: they read no artifact, and leave none.
    fn launch_estimator(&self, call: &Call) -> Result<Launch, Error> {
        let passed_on = self.passed_on(call)?;
        let user = user::without_artifacts(passed_on.files.values().map(PathBuf::as_path));
        self.command(call, &passed_on, user, None, &ESTIMATE)
    }

    fn passed_on<'a>(&'a self, call: &'a Call) -> Result<PassedOn<'a>, Error> {
        let passed_on = PassedOn::new(call, &self.environment)?;
        let addresses = passed_on.settings.iter().chain(&passed_on.proxies);
        let addresses = addresses.filter(|(name, _)| !proxies::is_exception(name));
        loopback::check(
            addresses.map(|(name, value)| (*name, *value)),
            self.engine.name,
            self.engine.host(),
        )?;
        Ok(passed_on)
    }

    fn command(
        &self,
        call: &Call,
        passed_on: &PassedOn<'_>,
        user: User,
        artifacts: Option<&str>,
        arguments: &[&str],
    ) -> Result<Launch, Error> {
        let name = name(call.execution_id.as_str());

        let mut command = Command::from(self.environment.command(self.engine.name));
        command.args(["run", "--rm", "--interactive", "--pull", "never", "--name", &name]);
        for label in left::labels(call, &self.artifacts) {
            command.args(["--label", &label]);
        }
        self.confine(&mut command, call, user);
        if let Some(artifacts) = artifacts {
            command.args(["--mount", artifacts]);
        }
        for (name, value) in settings(call, self, Path::new(ARTIFACTS), &self.environment) {
            command.arg("--env").arg(variable(name, &value));
        }
        let secrets = self.pass_on(&mut command, passed_on, user)?;
        command.arg(&self.reference).args(arguments);
        Ok(Launch {
            command,
            handle: Handle::Container {
                engine: self.engine.clone(),
                name,
            },
            secrets,
        })
    }

    /// Takes away from a container what a processor does not need.
    fn confine(&self, command: &mut Command, call: &Call, user: User) {
        let limits = &call.entry.runtime;
        let memory = limits.memory.bytes().to_string();
        command.args(["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL"]);
        command.args(["--security-opt", "no-new-privileges", "--user", &user.numbers()]);
        command.args(["--log-driver", "none"]); // else the engine keeps a copy of stdout and stderr
        if self.engine.is_podman() {
            command.arg("--http-proxy=false"); // else it hands the caller's proxies, and their passwords, to the container
            if !geteuid().is_root() {
                command.args(["--userns", "keep-id"]); // else the caller's uid is another one inside
            }
        }
        command.args(["--cpus", limits.cpu.as_str(), "--pids-limit", PIDS]);
        command.args(["--memory", &memory, "--memory-swap", &memory]);
        if call.mode == Mode::Mock {
            command.args(["--network", "none"]);
        } else if !self.engine.is_podman() {
            command.args(["--add-host", "host.docker.internal:host-gateway"]); // Podman's name is there anyway
        }
    }

    /// Passes on what the caller has: secrets as files on memory, files by a mount, the rest as variables.
    fn pass_on(
        &self,
        command: &mut Command,
        passed_on: &PassedOn<'_>,
        user: User,
    ) -> Result<Option<SecretFiles>, Error> {
        let (hidden, shown): (Vec<_>, Vec<_>) = passed_on
            .proxies
            .iter()
            .partition(|(_, address)| proxies::has_credentials(address));
        for (name, _) in passed_on.settings.iter().chain(shown) {
            command.args(["--env", *name]); // the client takes the value from its own environment
        }
        for (name, file) in &passed_on.files {
            let target = format!("{SETTINGS}/{name}");
            command.args(["--mount", &mount::setting(name, file, &target)?]);
            command.arg("--env").arg(variable(name, OsStr::new(&target)));
        }
        let secrets: Vec<(&str, &OsStr)> = passed_on
            .secrets
            .iter()
            .chain(hidden)
            .map(|(name, value)| (*name, *value))
            .collect();
        if secrets.is_empty() {
            return Ok(None);
        }
        for name in passed_on.secrets.keys() {
            command.env_remove(name); // the client has no use for it
        }
        let files = SecretFiles::write(secrets, user, &self.environment)?;
        command.args(["--mount", &mount::secrets(files.path(), SECRETS)?]);
        command
            .arg("--env")
            .arg(variable("SECRETS_DIR", OsStr::new(SECRETS)));
        Ok(Some(files))
    }
}

impl Adapter for Container {
    fn name(&self) -> &'static str {
        LOCAL
    }

    fn image(&self) -> &ImageDigest {
        &self.image
    }

    fn estimator(&self, call: &Call) -> Result<EstimatorProcess, Error> {
        self.launch_estimator(call)?.estimator()
    }

    fn invoke<'a>(&'a self, call: &'a Call, run: &'a RunContext) -> Invocation<'a> {
        Box::pin(async { supervise::run(self.launch(call)?, call, run).await })
    }
}

/// A name that no other run has, on whatever machines the engine serves: two runs of one execution may meet.
fn name(execution_id: &str) -> String {
    let id = execution_id.get(..LONGEST_ID).unwrap_or(execution_id); // ASCII
    format!("counterfoil-{id}-{}", uuid::Uuid::now_v7().simple())
}

/// The name in receipts of an image that no registry has: its id is the hash of its content.
fn local_name(package: &str, id: &str) -> Result<ImageDigest, Error> {
    ImageDigest::parse(&format!("localhost/{package}@sha256:{id}")).map_err(|_| {
        Error::new(
            ErrorCode::AdapterInvocation,
            format!("the image of {package} has no name; its package is letters, digits, `-` and `_`"),
        )
    })
}

/// `NAME=VALUE`.
fn variable(name: &str, value: &OsStr) -> OsString {
    let mut variable = OsString::from(name);
    variable.push("=");
    variable.push(value);
    variable
}
