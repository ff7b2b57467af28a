//! The environment of one call, instead of the process's own: variables, current directory, the program's place.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// The variables, the current directory, and where the program itself is.
#[derive(Clone)]
pub struct Environment(Arc<Surroundings>);

struct Surroundings {
    variables: BTreeMap<OsString, OsString>,
    directory: PathBuf,
    program: Option<PathBuf>,
}

impl Environment {
    /// Those of this process.
    #[must_use]
    pub fn process() -> Self {
        Self(Arc::new(Surroundings {
            variables: std::env::vars_os().collect(),
            directory: std::env::current_dir().unwrap_or_default(),
            program: std::env::current_exe().ok(),
        }))
    }

    /// These variables, and this directory.
    pub fn new<N: Into<OsString>, V: Into<OsString>>(
        variables: impl IntoIterator<Item = (N, V)>,
        directory: impl Into<PathBuf>,
    ) -> Self {
        let variables = variables.into_iter();
        Self(Arc::new(Surroundings {
            variables: variables
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            directory: directory.into(),
            program: None,
        }))
    }

    /// A variable; one that is set to the empty string counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&OsStr> {
        let value = self.0.variables.get(OsStr::new(name))?;
        (!value.is_empty()).then_some(value)
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.0.directory
    }

    /// The directory of this program's binary.
    pub(crate) fn program_dir(&self) -> Option<&Path> {
        self.0.program.as_deref()?.parent()
    }

    /// A path as the caller means it: from the current directory.
    pub(crate) fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.0.directory.join(path)
    }

    /// A program that gets these variables and this directory.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        self.apply(&mut command);
        command
    }

    /// Gives a command these variables and this directory.
    pub(crate) fn apply(&self, command: &mut Command) {
        command.env_clear().envs(&self.0.variables);
        command.current_dir(&self.0.directory);
    }

    /// The variables whose names are text, for the libraries that look them up.
    pub(crate) fn to_lookup(&self) -> logging::Environment {
        let variables = self.0.variables.iter();
        logging::Environment::from_variables(
            variables.filter_map(|(name, value)| Some((name.to_str()?, value))),
        )
    }

    /// Whether a stream is coloured, by the rules that `anstream` has for this process.
    pub(crate) fn has_colour(&self, is_terminal: bool) -> bool {
        let is_on = |name| self.0.variables.get(OsStr::new(name)).map(|value| value != "0");
        if self.get("NO_COLOR").is_some() {
            return false;
        }
        match (is_on("CLICOLOR_FORCE"), is_on("CLICOLOR")) {
            (Some(true), _) => true,
            (_, Some(is_on)) => is_on && is_terminal,
            (_, None) => {
                is_terminal
                    && (self.get("TERM").is_some_and(|term| term != "dumb") || self.get("CI").is_some())
            }
        }
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment(..)") // values may be secrets
    }
}
