//! The adapter `local` with an engine: a processor's image in a container of Docker or Podman.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use documents::{ErrorCode, ImageDigest, Mode};
use logging::Redactor;
use rustix::process::{getegid, geteuid};
use tokio::process::Command;

use super::build;
use super::engine::Engine;
use super::launch::{Handle, Launch, arguments, passed_on, settings};
use super::supervise;
use crate::adapter::{Adapter, Invocation, RunContext};
use crate::call::{Call, LOCAL};
use crate::environment::Environment;
use crate::error::Error;
use crate::registry::{Entry, Registry, file_name};
use crate::session::Session;

/// Where the artifacts are inside a container.
const ARTIFACTS: &str = "/artifacts";
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
        let (image, reference) = if build {
            let id = build::image(&engine, entry, &registry.workspace(), session)?;
            (local_name(&entry.build.package, &id)?, format!("sha256:{id}"))
        } else {
            let image = entry.image.oci.clone().ok_or_else(|| unpinned(entry))?;
            engine.fetch(image.as_str(), redactor)?;
            let reference = image.as_str().to_owned();
            (image, reference)
        };
        Ok(Self {
            engine,
            image,
            reference,
            artifacts: artifacts.to_owned(),
            environment,
        })
    }

    /// The client's command: it has the caller's environment, the container only what is named.
    fn launch(&self, call: &Call) -> Result<Launch, Error> {
        let limits = &call.entry.runtime;
        let memory = limits.memory.bytes().to_string();
        let (uid, gid) = (geteuid(), getegid());
        let user = format!("{}:{}", uid.as_raw(), gid.as_raw());
        let mount = mount(&self.artifacts)?;
        std::fs::create_dir_all(&self.artifacts).map_err(|error| {
            let message = format!("the artifacts directory cannot be made: {error}");
            Error::new(ErrorCode::OutputWrite, message).hint("name another one with --artifacts-dir")
        })?;
        let name = name(call.execution_id.as_str());

        let mut command = Command::from(self.environment.command(self.engine.name));
        command.args(["run", "--rm", "--interactive", "--pull", "never", "--name", &name]);
        command.args(["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL"]);
        command.args(["--security-opt", "no-new-privileges", "--user", &user]);
        if self.engine.is_podman() {
            command.arg("--http-proxy=false"); // else it hands the caller's proxies, and their passwords, to the container
            if !uid.is_root() {
                command.args(["--userns", "keep-id"]); // else the caller's uid is another one inside
            }
        }
        command.args(["--cpus", limits.cpu.as_str(), "--pids-limit", PIDS]);
        command.args(["--memory", &memory, "--memory-swap", &memory]);
        if call.mode == Mode::Mock {
            command.args(["--network", "none"]);
        }
        command.args(["--mount", &mount]);
        for (name, value) in settings(call, self, Path::new(ARTIFACTS), &self.environment) {
            let mut setting = OsString::from(name);
            setting.push("=");
            setting.push(value);
            command.arg("--env").arg(setting);
        }
        for name in passed_on(call, &self.environment).keys() {
            command.args(["--env", *name]); // the client takes the value from its own environment
        }
        command.arg(&self.reference).args(arguments(call));
        Ok(Launch {
            command,
            handle: Handle::Container {
                engine: self.engine.clone(),
                name,
            },
        })
    }
}

impl Adapter for Container {
    fn name(&self) -> &'static str {
        LOCAL
    }

    fn image(&self) -> &ImageDigest {
        &self.image
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

fn unpinned(entry: &Entry) -> Error {
    Error::new(
        ErrorCode::ImageUnpinned,
        format!(
            "registry/{} pins no image, and a container runs pinned images only; put \
             `image: {{oci: repo/{}@sha256:...}}` there, build one with `--build`, or use `--engine process`",
            file_name(&entry.processor_ref),
            entry.build.package
        ),
    )
}

/// The mount of the artifacts; the engines read the value as one line of CSV, in UTF-8.
fn mount(artifacts: &Path) -> Result<String, Error> {
    let path = artifacts.to_str().filter(|path| !path.contains(char::is_control));
    let path = path.ok_or_else(|| {
        Error::new(
            ErrorCode::Usage,
            "the path of the artifacts directory is not UTF-8, or has control characters, and no engine mounts that; \
             name another directory with --artifacts-dir, or use `--engine process`",
        )
    })?;
    let source = format!("source={path}");
    let source = if source.contains([',', '"']) {
        format!("\"{}\"", source.replace('"', "\"\""))
    } else {
        source
    };
    Ok(format!("type=bind,{source},target={ARTIFACTS}"))
}
