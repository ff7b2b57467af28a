//! A program to be run as a process of its own.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use crate::dir::Dir;
use crate::finished::Finished;
use crate::paths::{Artifacts, RunPaths};
use crate::processors;
use crate::started::{Started, Stdin};

/// The execution id of every run that does not name another.
pub const EXECUTION_ID: &str = "run-1";
/// The write prefix of every run that does not name another.
pub const PREFIX: &str = "/artifacts/demo/{execution_id}/";

/// What Cargo needs of the environment.
const TOOLCHAIN: [&str; 5] = ["PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"];

/// A run to be: an empty environment, and an artifacts directory that is removed with the last clone and [`Finished`] of it.
///
/// It can be run again, or cloned and changed first: all of them share the artifacts.
#[derive(Clone)]
pub struct Test {
    program: PathBuf,
    wrapper: Vec<OsString>,
    form: Form,
    inputs: Option<OsString>,
    paths: RunPaths,
    arguments: Vec<OsString>,
    environment: BTreeMap<String, OsString>,
    current_dir: Option<PathBuf>,
    stdin: Stdin,
}

/// What comes before the arguments that a test adds.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Plain,
    Processor,
    Orchestrator,
}

impl Test {
    /// A program that gets the arguments of the test alone.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            wrapper: Vec::new(),
            form: Form::Plain,
            inputs: None,
            paths: RunPaths {
                artifacts: Artifacts::Own(Arc::new(Dir::new())),
                prefix: PREFIX.into(),
                execution_id: EXECUTION_ID.into(),
            },
            arguments: Vec::new(),
            environment: BTreeMap::new(),
            current_dir: None,
            stdin: Stdin::Null,
        }
    }

    /// A processor, with the inputs `{}` on stdin.
    ///
    /// `COUNTERFOIL_TEST_BINARIES` names a directory that has another binary of the same name, for instance that of another
    /// platform, and `COUNTERFOIL_TEST_RUNNER` a program that runs it.
    pub fn processor(program: impl Into<PathBuf>) -> Self {
        let mut program = program.into();
        if let Some(dir) = std::env::var_os("COUNTERFOIL_TEST_BINARIES") {
            program = Path::new(&dir).join(program.file_name().expect("a file"));
        }
        Self {
            wrapper: std::env::var_os("COUNTERFOIL_TEST_RUNNER").into_iter().collect(),
            form: Form::Processor,
            inputs: Some("-".into()),
            stdin: Stdin::Bytes(b"{}".to_vec()),
            ..Self::new(program)
        }
    }

    /// A `counterfoil run`, with the inputs `{}`.
    pub fn orchestrator(program: impl Into<PathBuf>) -> Self {
        Self {
            form: Form::Orchestrator,
            inputs: Some("{}".into()),
            ..Self::new(program)
        }
    }

    /// Passes this inputs document as it is: to a processor on stdin, to the orchestrator as an argument.
    #[must_use]
    pub fn inputs(mut self, document: impl AsRef<[u8]>) -> Self {
        let document = document.as_ref().to_vec();
        match self.form {
            Form::Orchestrator => {
                self.inputs = Some(String::from_utf8(document).expect("an argument is text").into());
            }
            Form::Plain | Form::Processor => self.stdin = Stdin::Bytes(document),
        }
        self
    }

    /// Passes an inputs document with these `params`, a JSON object.
    #[must_use]
    pub fn params(self, params: &str) -> Self {
        self.inputs(format!(r#"{{"params":{params}}}"#))
    }

    /// Passes the path of the inputs document to a processor.
    #[must_use]
    pub fn inputs_file(mut self, path: impl Into<OsString>) -> Self {
        self.inputs = Some(path.into());
        self.stdin = Stdin::Null;
        self
    }

    /// Leaves it to the arguments to name the inputs.
    #[must_use]
    pub fn without_inputs(mut self) -> Self {
        self.inputs = None;
        self
    }

    /// Sets the write prefix.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.paths.prefix = prefix.into();
        self
    }

    /// Sets the execution id.
    #[must_use]
    pub fn execution_id(mut self, id: &str) -> Self {
        self.paths.execution_id = id.into();
        self
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(self, argument: impl AsRef<OsStr>) -> Self {
        self.args([argument])
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        let arguments = arguments.into_iter();
        self.arguments
            .extend(arguments.map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// Removes `--json`.
    #[must_use]
    pub fn for_people(mut self) -> Self {
        self.arguments.retain(|argument| argument != "--json");
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Sets environment variables.
    #[must_use]
    pub fn envs<'a>(self, variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        variables
            .into_iter()
            .fold(self, |test, (name, value)| test.env(name, value))
    }

    /// Keeps what Cargo needs of this process's environment.
    #[must_use]
    pub fn with_toolchain(self) -> Self {
        let variables = TOOLCHAIN
            .into_iter()
            .filter_map(|name| Some((name, std::env::var_os(name)?)));
        variables.fold(self, |test, (name, value)| test.env(name, value))
    }

    /// Uses this artifacts directory, which the test keeps.
    #[must_use]
    pub fn artifacts(mut self, path: impl AsRef<Path>) -> Self {
        self.paths.artifacts = Artifacts::Given(path.as_ref().to_owned());
        self
    }

    /// Runs it in this directory, with the artifacts where they are by default: in `artifacts` there.
    #[must_use]
    pub fn current_dir(mut self, path: impl AsRef<Path>) -> Self {
        self.paths.artifacts = Artifacts::Default(path.as_ref().join("artifacts"));
        self.current_dir = Some(path.as_ref().to_owned());
        self
    }

    /// Writes these bytes to stdin, and closes it.
    #[must_use]
    pub fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.stdin = Stdin::Bytes(bytes.as_ref().to_vec());
        self
    }

    /// Opens this file as stdin.
    #[must_use]
    pub fn stdin_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.stdin = Stdin::File(path.into());
        self
    }

    /// Keeps stdin open, for [`Started::write`].
    #[must_use]
    pub fn stdin_open(mut self) -> Self {
        self.stdin = Stdin::Open;
        self
    }

    /// Runs it by another program, which gets the command as its last arguments and has to end as the command ends.
    #[must_use]
    pub fn under<A: Into<OsString>>(mut self, wrapper: impl IntoIterator<Item = A>) -> Self {
        self.wrapper = wrapper.into_iter().map(Into::into).collect();
        self
    }

    /// Runs it by strace with these options, which writes what it sees to this file; on one processor, so that what works
    /// in parallel elsewhere makes the same calls each time. Each thread of the tests has its own, as far as there are enough.
    #[must_use]
    pub fn under_strace<A: Into<OsString>>(self, log: &Path, options: impl IntoIterator<Item = A>) -> Self {
        let processor = processors::own();
        let [taskset, strace] = ["taskset", "strace"].map(on_path);
        let mut wrapper: Vec<OsString> = vec![taskset, "--cpu-list".into(), processor.into(), strace];
        wrapper.extend(["-qq".into(), "-o".into()]);
        wrapper.push(log.into());
        wrapper.extend(options.into_iter().map(Into::into));
        self.under(wrapper)
    }

    /// The command, for a test that redirects its streams itself.
    pub fn command(&self) -> Command {
        let mut command = match self.wrapper.split_first() {
            None => Command::new(&self.program),
            Some((wrapper, options)) => {
                let mut command = Command::new(wrapper);
                command.args(options).arg(&self.program);
                command
            }
        };
        command.env_clear();
        if !matches!(self.paths.artifacts, Artifacts::Default(_)) {
            command.env("ARTIFACTS_BASE_DIR", self.paths.artifacts.path());
        }
        command.envs(&self.environment);
        if let Some(directory) = &self.current_dir {
            command.current_dir(directory);
        }
        let inputs_option = match self.form {
            Form::Plain => "",
            Form::Processor => "--inputs",
            Form::Orchestrator => {
                command.arg("run");
                "--inputs-json"
            }
        };
        if let Some(inputs) = &self.inputs {
            command.arg(inputs_option).arg(inputs);
        }
        if self.form != Form::Plain {
            command.args([
                "--write-prefix",
                &self.paths.prefix,
                "--execution-id",
                &self.paths.execution_id,
            ]);
        }
        command.args(&self.arguments);
        command
    }

    /// Starts it.
    pub fn start(&self) -> Started {
        Started::new(self.command(), &self.stdin, self.paths.clone())
    }

    /// Runs it to its end.
    pub fn run(&self) -> Finished {
        self.start().wait()
    }
}

/// Where a program is, which the run's own `PATH` need not say.
fn on_path(program: &str) -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|dir| dir.join(program));
    found
        .into_iter()
        .find(|program| program.is_file())
        .map_or_else(|| program.into(), Into::into)
}
