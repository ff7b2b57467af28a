//! The engine `process`: a processor's own binary as a child process. No daemon is needed.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use documents::{Error as ProcessorError, ErrorCode, Mode};
use logging::parse_level;
use tokio::process::Command;
use tracing::level_filters::LevelFilter;

use super::executable::Executable;
use super::launch::{Launch, Reach};
use super::supervise::told;
use crate::binary;
use crate::call::{Call, LOCAL};
use crate::proxies;
use crate::registry::{Entry, Registry};

/// A binary that runs a processor.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    executable: Arc<Executable>,
    image: Arc<str>,
}

impl Program {
    /// Finds the binary beside this one, else on `PATH`; builds it first where that is asked for.
    pub(super) fn prepare(entry: &Entry, registry: &Registry, build: bool) -> Result<Self, ProcessorError> {
        let package = &entry.build.package;
        let path: PathBuf = match build {
            true => crate::build::binary(package, &registry.workspace())?,
            false => binary::find(package).ok_or_else(|| {
                error(format!(
                    "the binary {package} is neither beside counterfoil nor on PATH; `--build` builds it"
                ))
            })?,
        };
        let executable = Executable::read(&path)
            .map_err(|problem| error(format!("the binary {package} cannot be read: {problem}")))?;
        Ok(Self {
            image: format!("binary@sha256:{}", executable.sha256()).into(),
            executable: Arc::new(executable),
        })
    }

    pub(super) fn image(&self) -> &str {
        &self.image
    }

    /// The child's command: the environment that the contracts name, and nothing else of the caller's.
    pub(super) fn launch(&self, call: &Call) -> Result<Launch, ProcessorError> {
        if !self.executable.is_unchanged() {
            return Err(error(format!(
                "the binary {} was replaced while runs were going on; start again with the new one",
                call.entry.build.package
            )));
        }
        let mut command = Command::new(self.executable.path());
        command.env_clear().args(arguments(call));
        command.envs(settings(call, &self.image, &call.artifacts));
        command.env("ARTIFACTS_BASE_DIR", &*call.artifacts); // as it is, where it is no text
        command.envs(passed_on(call));
        Ok(Launch {
            command,
            reach: Reach::Group,
        })
    }
}

/// A processor's arguments (section 2 of the contracts).
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

/// A processor's settings (section 16 of the contracts); the caller's log level goes with them, where there is one. What
/// is less than warnings is asked for as warnings, which are then not told: they say what the service asks to wait.
pub(super) fn settings(call: &Call, image: &str, artifacts: &Path) -> Vec<(&'static str, OsString)> {
    let limits = &call.entry.runtime;
    let mut settings = vec![
        ("ADAPTER", LOCAL.into()),
        ("ARTIFACTS_BASE_DIR", artifacts.into()),
        ("CPU", limits.cpu.as_str().into()),
        ("IMAGE_REF", image.into()),
        ("MEMORY", limits.memory.as_str().into()),
        ("PROCESSOR_REF", call.entry.processor_ref.as_str().into()),
        ("TIMEOUT_S", told(call.timeout).as_secs_f64().to_string().into()),
    ];
    if let Some(level) = std::env::var_os("LOG_LEVEL").filter(|level| !level.is_empty()) {
        let is_less = level
            .to_str()
            .and_then(parse_level)
            .is_some_and(|level| level < LevelFilter::WARN);
        settings.push(("LOG_LEVEL", if is_less { "warn".into() } else { level }));
    }
    settings
}

/// The secrets and settings that the entry names and this process has, and its proxies; none in mock.
pub(super) fn passed_on(call: &Call) -> BTreeMap<&str, OsString> {
    if call.mode == Mode::Mock {
        return BTreeMap::new();
    }
    let named = call.entry.secrets.names().chain(&call.entry.settings);
    let proxies = proxies::from_environment().map(|(name, value)| (name as &str, value));
    named
        .filter_map(|name| Some((name.as_str(), std::env::var_os(name.as_str())?)))
        .chain(proxies)
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

fn error(what: String) -> ProcessorError {
    ProcessorError::new(ErrorCode::AdapterInvocation, what)
}
