//! A program that is running.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::finished::Finished;
use crate::paths::RunPaths;

/// What takes longer never happens.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A running program; one that nobody waits for is killed.
pub struct Started {
    paths: RunPaths,
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Stream<ChildStdout>,
    stderr: Stream<ChildStderr>,
}

/// What a program reads.
#[derive(Clone)]
pub(crate) enum Stdin {
    Null,
    Bytes(Vec<u8>),
    File(PathBuf),
    /// A pipe that the test writes to.
    Open,
}

impl Stdin {
    fn stdio(&self) -> Stdio {
        match self {
            Self::Null => Stdio::null(),
            Self::Bytes(_) | Self::Open => Stdio::piped(),
            Self::File(path) => std::fs::File::open(path).expect("the file for stdin").into(),
        }
    }
}

/// Output, as far as it has been read.
struct Stream<R> {
    reader: Option<BufReader<R>>,
    seen: Vec<u8>,
}

impl Started {
    pub(crate) fn new(mut command: Command, input: &Stdin, paths: RunPaths) -> Self {
        let mut child = command
            .stdin(input.stdio())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", command.get_program().display()));
        let mut stdin = child.stdin.take();
        if let Stdin::Bytes(bytes) = input
            && let Some(mut stdin) = stdin.take()
        {
            let bytes = bytes.clone();
            std::thread::spawn(move || stdin.write_all(&bytes)); // fails where a run ends before it reads
        }
        Self {
            paths,
            stdin,
            stdout: Stream::new(child.stdout.take()),
            stderr: Stream::new(child.stderr.take()),
            child,
        }
    }

    /// Its process id.
    pub fn pid(&self) -> i32 {
        self.child.id().cast_signed()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill(self.pid(), signal);
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("the state of the child").is_some()
    }

    /// Waits until this text is on stderr.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) {
        while !self.stderr.text().contains(text) {
            assert!(
                self.stderr.read_line(),
                "it ended before {text}: {}",
                self.stderr.text()
            );
        }
    }

    /// The next line of stdout.
    #[track_caller]
    pub fn next_line(&mut self) -> String {
        let start = self.stdout.seen.len();
        assert!(self.stdout.read_line(), "it ended: {}", self.stdout.text());
        String::from_utf8_lossy(&self.stdout.seen[start..]).into_owned()
    }

    /// The next line of stdout, as JSON.
    #[track_caller]
    pub fn next_json(&mut self) -> Value {
        serde_json::from_str(&self.next_line()).expect("a line of JSON")
    }

    /// Writes to stdin, which `Test::stdin_open` keeps open until the end.
    pub fn write(&mut self, text: &str) {
        let stdin = self.stdin.as_mut().expect("stdin is open");
        stdin.write_all(text.as_bytes()).expect("it reads");
    }

    /// Closes stdin.
    pub fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// Closes the reading end of its stdout.
    pub fn close_stdout(&mut self) {
        self.stdout.reader = None;
    }

    /// Closes the reading end of its stderr.
    pub fn close_stderr(&mut self) {
        self.stderr.reader = None;
    }

    /// Kills it, and waits for its end.
    pub fn kill(self) -> Finished {
        self.signal(Signal::KILL);
        self.wait()
    }

    /// Waits for its end.
    pub fn wait(mut self) -> Finished {
        std::thread::scope(|scope| {
            scope.spawn(|| self.stdout.read_to_end());
            self.stderr.read_to_end();
        });
        let status = self.child.wait().expect("the child can be waited for");
        let signal = status.signal().map(|signal| 128 + signal);
        Finished::new(
            self.paths.clone(),
            status.code().or(signal).expect("it has ended"),
            String::from_utf8(std::mem::take(&mut self.stdout.seen)).expect("stdout is UTF-8"),
            self.stderr.text(),
        )
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended
        let _ = self.child.wait();
    }
}

impl<R: Read> Stream<R> {
    fn new(reader: Option<R>) -> Self {
        Self {
            reader: reader.map(BufReader::new),
            seen: Vec::new(),
        }
    }

    /// Whether there was a line to read.
    fn read_line(&mut self) -> bool {
        let reader = self.reader.as_mut().expect("the stream is open");
        reader
            .read_until(b'\n', &mut self.seen)
            .expect("a pipe can be read")
            > 0
    }

    fn read_to_end(&mut self) {
        if let Some(mut reader) = self.reader.take() {
            reader.read_to_end(&mut self.seen).expect("a pipe can be read");
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.seen).into_owned()
    }
}

/// Sends a signal to a process.
pub fn kill(pid: i32, signal: Signal) {
    let pid = Pid::from_raw(pid).expect("a process id");
    kill_process(pid, signal).expect("the process is there");
}

/// Waits for something that another process does; fails after a minute.
#[track_caller]
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < LONGEST_WAIT, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
