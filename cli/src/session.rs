//! What a call of the program is given, and all that it may use of its process.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, IsTerminal as _, Read, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{self, ChildStdout, Command, ExitCode};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anstream::{AutoStream, ColorChoice};
use clap::ColorChoice as RequestedColour;
use terminal_size::{Width, terminal_size_of};

use crate::environment::Environment;
use crate::error::Error;
use crate::given_file;
use crate::loudness::{self, Loudness};

/// How a call ended: 0 is a success. See `docs/spec.md#error-codes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExitStatus(u8);

impl ExitStatus {
    /// All went well.
    pub const SUCCESS: Self = Self(0);
    /// It did not, and no error code says why.
    pub const FAILURE: Self = Self(1);

    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        self.0
    }

    pub(crate) const fn success_if(is_success: bool) -> Self {
        if is_success { Self::SUCCESS } else { Self::FAILURE }
    }
}

impl From<u8> for ExitStatus {
    fn from(code: u8) -> Self {
        Self(code)
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        status.0.into()
    }
}

/// Standard input, output and error.
pub struct Stdio {
    stdin: Box<dyn Read + Send>,
    stdout: Output,
    stderr: Output,
}

impl Stdio {
    /// Those of this process.
    #[must_use]
    pub fn process() -> Self {
        Self {
            stdin: Box::new(io::stdin()),
            stdout: Output::of_process(io::stdout(), io::stdout().is_terminal()),
            stderr: Output::of_process(io::stderr(), io::stderr().is_terminal()),
        }
    }

    /// These streams, none of which is a terminal.
    pub fn new(
        stdin: impl Read + Send + 'static,
        stdout: impl Write + Send + 'static,
        stderr: impl Write + Send + 'static,
    ) -> Self {
        Self {
            stdin: Box::new(stdin),
            stdout: Output::new(stdout),
            stderr: Output::new(stderr),
        }
    }
}

impl fmt::Debug for Stdio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stdio(..)")
    }
}

/// A stream that many may write to. One write is never torn.
#[derive(Clone)]
pub(crate) struct Output {
    writer: Arc<Mutex<Box<dyn Write + Send>>>,
    /// Whether it is this process's own, which child processes inherit.
    is_inherited: bool,
    pub(crate) is_terminal: bool,
    pub(crate) has_colour: bool,
    columns: Option<u16>,
}

impl Output {
    fn new(writer: impl Write + Send + 'static) -> Self {
        Self {
            writer: Arc::new(Mutex::new(Box::new(writer))),
            is_inherited: false,
            is_terminal: false,
            has_colour: false,
            columns: None,
        }
    }

    fn of_process(stream: impl Write + AsFd + Send + 'static, is_terminal: bool) -> Self {
        Self {
            is_inherited: true,
            is_terminal,
            columns: terminal_size_of(&stream).map(|(Width(columns), _)| columns),
            ..Self::new(stream)
        }
    }

    /// What a child process writes to in its place: it writes to nothing where it cannot be inherited.
    pub(crate) fn for_child(&self) -> process::Stdio {
        if self.is_inherited {
            io::stderr().into()
        } else {
            process::Stdio::null()
        }
    }

    fn lock(&self) -> MutexGuard<'_, Box<dyn Write + Send>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lock().write(bytes)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.lock().write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.lock().flush()
    }
}

/// All of it, for the commands.
#[derive(Clone)]
pub(crate) struct Session {
    /// The command line, from the program's name on.
    pub(crate) arguments: Arc<[OsString]>,
    pub(crate) environment: Environment,
    pub(crate) loudness: Loudness,
    stdin: Arc<Mutex<Box<dyn Read + Send>>>,
    pub(crate) stdout: Output,
    pub(crate) stderr: Output,
}

impl Session {
    pub(crate) fn new(arguments: &[OsString], environment: Environment, stdio: Stdio) -> Self {
        let requested = loudness::color(arguments);
        let coloured = |output: Output| Output {
            has_colour: match requested {
                RequestedColour::Auto => environment.has_colour(output.is_terminal),
                RequestedColour::Always => true,
                RequestedColour::Never => false,
            },
            ..output
        };
        Self {
            arguments: arguments.into(),
            loudness: Loudness::default(),
            stdin: Arc::new(Mutex::new(stdio.stdin)),
            stdout: coloured(stdio.stdout),
            stderr: coloured(stdio.stderr),
            environment,
        }
    }

    /// The same, with what the options say about how much is printed.
    pub(crate) fn with_loudness(self, loudness: Loudness) -> Self {
        Self { loudness, ..self }
    }

    /// Whether errors and the last line are all that is printed beside the answer.
    pub(crate) fn is_quiet(&self) -> bool {
        self.loudness == Loudness::Quiet
    }

    /// Standard input, from where it was left.
    pub(crate) fn stdin(&self) -> Box<dyn Read + Send> {
        Box::new(Input(Arc::clone(&self.stdin)))
    }

    /// Reads an inputs document from the file of `--inputs`, or from standard input for `-`.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE` for a file that cannot be opened; `ERR_INPUTS` for one that is empty or too large.
    pub(crate) fn read_inputs(&self, file: &Path) -> Result<Vec<u8>, Error> {
        let source = if file == Path::new("-") {
            file.to_owned()
        } else {
            given_file::look(&format!("--inputs {}", file.display()), file, &self.environment)?;
            self.environment.path(file)
        };
        Ok(store::read_inputs(source.as_os_str(), self.stdin())?)
    }

    /// stdout for styled text.
    pub(crate) fn out(&self) -> impl Write {
        styled(&self.stdout)
    }

    /// stderr for styled text.
    pub(crate) fn err(&self) -> impl Write {
        styled(&self.stderr)
    }

    /// The columns of stderr, if that is a terminal.
    pub(crate) fn err_columns(&self) -> Option<usize> {
        self.stderr.columns.map(usize::from)
    }

    /// The columns of stdout: those of `COLUMNS` where it is set, as for `ls` and `ps`, else the terminal's.
    pub(crate) fn columns(&self) -> Option<usize> {
        let columns = || self.environment.get("COLUMNS")?.to_str()?.parse().ok();
        columns().or_else(|| self.stdout.columns.map(usize::from))
    }

    /// Runs a child process whose stderr goes to stderr: it is inherited, so that a terminal stays one, or copied.
    pub(crate) fn run_reporting(
        &self,
        command: &mut Command,
        read: impl FnOnce(ChildStdout),
    ) -> io::Result<process::ExitStatus> {
        if !self.stderr.is_inherited {
            command.stderr(process::Stdio::piped());
        }
        let mut child = command.stdin(process::Stdio::null()).spawn()?;
        let mut to = self.stderr.clone();
        std::thread::scope(|scope| {
            if let Some(mut from) = child.stderr.take() {
                scope.spawn(move || io::copy(&mut from, &mut to));
            }
            if let Some(stdout) = child.stdout.take() {
                read(stdout);
            }
            child.wait()
        })
    }
}

struct Input(Arc<Mutex<Box<dyn Read + Send>>>);

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).read(buffer)
    }
}

fn styled(output: &Output) -> impl Write {
    let choice = if output.has_colour {
        ColorChoice::AlwaysAnsi
    } else {
        ColorChoice::Never
    };
    AutoStream::new(Box::new(output.clone()) as Box<dyn Write + Send>, choice)
}
