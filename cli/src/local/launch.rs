//! A processor about to be started, and how it is stopped.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use documents::{ErrorCode, Mode, Signal};
use logging::parse_level;
use rustix::process::{Pid, kill_process_group};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tracing::instrument::WithSubscriber as _;
use tracing::level_filters::LevelFilter;

use super::engine::Engine;
use super::secret_files::SecretFiles;
use super::shortage;
use crate::adapter::{Adapter, EstimatorProcess};
use crate::call::Call;
use crate::environment::Environment;
use crate::error::Error;
use crate::proxies;
use crate::registry::VariableName;

/// The exit status by which an engine's client speaks of itself.
const CLIENT_FAILED: i32 = 125;
const SIGKILL: i32 = 9;

/// What to start, and how to reach it.
pub(super) struct Launch {
    pub(super) command: Command,
    pub(super) handle: Handle,
    /// Removed after the run.
    pub(super) secrets: Option<SecretFiles>,
}

impl Launch {
    /// Starts it to be asked for estimates.
    ///
    /// # Errors
    ///
    /// `ERR_ADAPTER_INVOCATION`.
    pub(super) fn estimator(mut self) -> Result<EstimatorProcess, Error> {
        let command = self.command.as_std_mut();
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let child = command.spawn().map_err(|cause| {
            let message = format!("the processor cannot be started: {cause}");
            shortage::explained(Error::new(ErrorCode::AdapterInvocation, message), &cause)
        })?;
        let kept = self.secrets.take();
        Ok(EstimatorProcess {
            child,
            _kept: kept.map(|secrets| -> Box<dyn Send> { Box::new(secrets) }),
        })
    }
}

/// Where signals go.
#[derive(Clone, Debug)]
pub(super) enum Handle {
    /// The child and what it has started: a process group.
    Group,
    /// A container of this name: killing the client would leave it running.
    Container { engine: Engine, name: String },
}

impl Handle {
    /// Passes a signal on, in a task of `tasks` that is to be aborted when the processor has ended.
    pub(super) fn signal(&self, child: &Child, signal: Signal, tasks: &mut JoinSet<()>) {
        match self {
            Self::Group => {
                if let Some(group) = group(child) {
                    let _ = kill_process_group(group, number(signal)); // gone: it has ended
                }
                tracing::info!(?signal, "cancel_passed_on");
            }
            Self::Container { engine, name } => {
                let (engine, name) = (engine.clone(), name.clone());
                let task = async move {
                    engine.signal(&name, signal).await;
                    tracing::info!(?signal, "cancel_passed_on");
                };
                tasks.spawn(task.with_current_subscriber());
            }
        }
    }

    /// Kills it, whatever it does.
    pub(super) async fn kill(&self, child: &mut Child) {
        if let Self::Container { engine, name } = self {
            engine.remove(name).await;
        }
        if let Some(group) = group(child) {
            kill(group);
        }
        let _ = child.start_kill();
        if let Self::Container { engine, name } = self {
            engine.remove(name).await; // the client may have made it in between
        }
    }

    /// The group that a processor leads on this machine.
    pub(super) fn group(&self, child: &Child) -> Option<Pid> {
        match self {
            Self::Group => group(child),
            Self::Container { .. } => None,
        }
    }

    /// Ends what outlives the child: a container does if its client was killed, or lost the engine. Says whether the engine has
    /// killed it for want of memory.
    pub(super) async fn clean_up(&self, status: ExitStatus) -> bool {
        let Self::Container { engine, name } = self else {
            return false;
        };
        if matches!(status.code(), None | Some(CLIENT_FAILED)) {
            engine.remove(name).await;
        }
        self.is_killed(status) && engine.was_out_of_memory(name).await
    }

    /// The signal that ended a processor: an engine reports it as an exit status, 128 more. 130 and 143 are a processor's own.
    pub(super) fn signal_of(&self, status: ExitStatus) -> Option<i32> {
        match (self, status.code()) {
            (Self::Container { .. }, Some(code @ 129..=159)) if code != 130 && code != 143 => {
                Some(code - 128)
            }
            (_, _) => status.signal(),
        }
    }

    /// Whether it is the processor that was killed by SIGKILL, and not a client of the engine.
    pub(super) fn is_killed(&self, status: ExitStatus) -> bool {
        let is_client = matches!(self, Self::Container { .. }) && status.code().is_none();
        !is_client && self.signal_of(status) == Some(SIGKILL)
    }

    /// How it ended, for people; the same text for every engine as far as the processor is concerned. `memory` is what it may use,
    /// and `said` the end of its stderr.
    pub(super) fn describe(
        &self,
        status: ExitStatus,
        memory: &str,
        out_of_memory: bool,
        said: &str,
    ) -> String {
        let of_client = match (self, status.code()) {
            (Self::Group, _) => None,
            (Self::Container { .. }, None) => {
                Some("the engine's client was killed, and the container with it".to_owned())
            }
            // Linux's own words (ENOEXEC), which each engine passes on
            (Self::Container { .. }, Some(_)) if said.to_lowercase().contains("exec format error") => {
                Some("its image is for another platform than this machine".to_owned())
            }
            (Self::Container { .. }, Some(CLIENT_FAILED)) => {
                Some("the engine could not run the container".to_owned())
            }
            (Self::Container { .. }, Some(126 | 127)) => {
                Some("the engine could not start the processor of the image".to_owned())
            }
            (Self::Container { .. }, Some(_)) => None,
        };
        let (end, of_processor) = match (self.signal_of(status), status.code()) {
            (Some(SIGKILL), _) => {
                let likely = if out_of_memory { "" } else { ", most likely" };
                let what =
                    format!("killed{likely} for want of memory; runtime.memory of its entry is {memory}");
                ("signal 9".to_owned(), Some(what))
            }
            (Some(signal), _) => (format!("signal {signal}"), None),
            (None, Some(code)) => (format!("exit status {code}"), None),
            (None, None) => ("an unknown status".to_owned(), None),
        };
        match of_client.or(of_processor) {
            Some(explained) => format!("{end} ({explained})"),
            None => end,
        }
    }
}

/// Every child leads a group of its own, so that Ctrl-C reaches it once, from here.
fn group(child: &Child) -> Option<Pid> {
    child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?))
}

/// Kills all of a group, if anything of it is left.
pub(super) fn kill(group: Pid) {
    let _ = kill_process_group(group, rustix::process::Signal::KILL);
}

const fn number(signal: Signal) -> rustix::process::Signal {
    match signal {
        Signal::Interrupt => rustix::process::Signal::INT,
        Signal::Terminate => rustix::process::Signal::TERM,
    }
}

/// The arguments for estimates.
pub(super) const ESTIMATE: [&str; 1] = ["--estimate"];

/// A processor's arguments, see `docs/spec.md#processor-command-line`.
pub(super) fn arguments(call: &Call) -> [&str; 6] {
    [
        "--inputs",
        "-",
        "--write-prefix",
        &call.template,
        "--execution-id",
        call.execution_id.as_str(),
    ]
}

/// A processor's settings, with the caller's log level if there is one. A lower level than that of information is passed on as
/// that one, and what is too much is then not logged: it reports how long the service asks to wait, and whose success it is.
pub(super) fn settings(
    call: &Call,
    adapter: &dyn Adapter,
    artifacts: &Path,
    environment: &Environment,
) -> Vec<(&'static str, OsString)> {
    let limits = &call.entry.runtime;
    let mut settings = vec![
        ("ADAPTER", adapter.name().into()),
        ("ARTIFACTS_BASE_DIR", artifacts.into()),
        ("CPU", limits.cpu.as_str().into()),
        ("IMAGE_REF", adapter.image().as_str().into()),
        ("MEMORY", limits.memory.as_str().into()),
        ("PROCESSOR_REF", call.entry.processor_ref.as_str().into()),
        (
            "TIMEOUT_S",
            own_timeout(call.timeout).as_secs_f64().to_string().into(),
        ),
    ];
    if let Some(plan_id) = call.plan_id.as_ref().filter(|id| !id.is_empty()) {
        settings.push(("PLAN_ID", plan_id.into()));
    }
    if let Some(level) = environment.get("LOG_LEVEL") {
        let parsed = level.to_str().and_then(parse_level);
        let is_less = parsed.is_some_and(|level| level < LevelFilter::INFO);
        settings.push(("LOG_LEVEL", if is_less { "info".into() } else { level.into() }));
    }
    settings
}

/// What a processor is allowed by itself: a little less than the call allows.
fn own_timeout(allowed: Duration) -> Duration {
    allowed - (allowed / 10).min(Duration::from_secs(4))
}

/// What of the caller's environment a processor gets, by its names; nothing in mock.
#[derive(Default)]
pub(super) struct PassedOn<'a> {
    pub(super) secrets: BTreeMap<&'a str, &'a OsStr>,
    pub(super) settings: BTreeMap<&'a str, &'a OsStr>,
    /// Absolute paths of files that can be read.
    pub(super) files: BTreeMap<&'a str, PathBuf>,
    pub(super) proxies: BTreeMap<&'a str, &'a OsStr>,
}

impl<'a> PassedOn<'a> {
    /// The secrets and settings that the entry names and the caller has, and the caller's proxies.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE` that names a setting whose file cannot be read.
    pub(super) fn new(call: &'a Call, environment: &'a Environment) -> Result<Self, Error> {
        if call.mode == Mode::Mock {
            return Ok(Self::default());
        }
        let entry = &call.entry;
        let get = |name: &'a VariableName| Some((name.as_str(), environment.get(name.as_str())?));
        let files = entry.setting_files.iter().filter_map(get);
        Ok(Self {
            secrets: entry.secrets.names().filter_map(get).collect(),
            settings: entry.settings.iter().filter_map(get).collect(),
            files: files
                .map(|(name, path)| Ok((name, readable(name, environment.path(Path::new(path)))?)))
                .collect::<Result<_, Error>>()?,
            proxies: proxies::variables(environment).collect(),
        })
    }
}

/// A path, if a file is there that can be read.
fn readable(name: &str, path: PathBuf) -> Result<PathBuf, Error> {
    let problem = match File::open(&path).and_then(|file| file.metadata()) {
        Ok(metadata) if metadata.is_file() => return Ok(path),
        Ok(_) => "is no file".to_owned(),
        Err(error) => format!("cannot be read: {error}"),
    };
    Err(
        Error::new(ErrorCode::Usage, format!("the file that {name} names {problem}"))
            .hint("name another one, or unset it"),
    )
}
