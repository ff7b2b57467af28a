//! `counterfoil run --batch`: one execution for every line of a file.

mod again;
mod bounds;
mod interruption;
mod jobs;
mod limits;
mod lines;
mod options;
mod refusal;
mod results;
mod resume;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The entry of the probe, under a name that no other build of it has.
const ENTRY: &str = r#"ref: test/probe@1
build: {package: probe-of-the-batch}
runtime: {cpu: "1", memory: 1Gi, timeout_s: 120, gpu: none}
secrets: {required: [], optional: [PROBE_SECRET]}
inputs:
  schema: {type: object, properties: {message: {type: string}}}
"#;

/// After this, a test that waits for another process has failed.
const PATIENCE: Duration = Duration::from_secs(60);
/// More than ever come to a meeting.
const NEVER: u64 = 1_000_000;

/// A folder with a registry, the probe, and the file of a batch.
struct Workspace {
    folder: TempDir,
    environment: BTreeMap<&'static str, String>,
}

/// A batch that goes on.
struct Started {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

/// A batch that has ended.
struct Ended {
    /// The exit status; 128 and the number for a signal.
    status: i32,
    /// The envelopes, in their order.
    results: Vec<Value>,
    stderr: String,
}

impl Workspace {
    /// With a batch of these lines, each with its newline.
    fn with(lines: &[Value]) -> Self {
        let folder = TempDir::new().unwrap();
        let workspace = Self {
            folder,
            environment: BTreeMap::new(),
        };
        fs::create_dir(workspace.path("registry")).unwrap();
        fs::create_dir(workspace.path("bin")).unwrap();
        fs::write(workspace.path("registry/test_probe.yaml"), ENTRY).unwrap();
        symlink(probe(), workspace.path("bin/probe-of-the-batch")).unwrap();
        workspace.write(lines);
        workspace
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, lines: &[Value]) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        self.write_text(text);
    }

    fn write_text(&self, text: impl AsRef<[u8]>) {
        fs::write(self.path("batch.jsonl"), text).unwrap();
    }

    fn env(mut self, name: &'static str, value: &str) -> Self {
        self.environment.insert(name, value.to_owned());
        self
    }

    /// The command for the file, with these arguments besides.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.command_of("batch.jsonl");
        command.args(arguments);
        command
    }

    /// The same for something else than the file.
    fn command_of(&self, batch: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_counterfoil"));
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", self.path("bin"))
            .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
            .envs(&self.environment)
            .args(["run", "--ref", "test/probe@1", "--batch", batch]);
        command
    }

    /// Runs the batch to its end.
    fn run(&self, arguments: &[&str]) -> Ended {
        finish(self.command(arguments))
    }

    /// Starts the batch; what it prints is read when it is waited for.
    fn start(&self, arguments: &[&str]) -> Started {
        Started::new(self.command(arguments))
    }

    /// The global receipts by execution id.
    fn receipts(&self) -> BTreeMap<String, Value> {
        let executions = fs::read_dir(self.path("artifacts/execution"));
        let mut receipts = BTreeMap::new();
        for entry in executions.into_iter().flatten() {
            let entry = entry.unwrap();
            let receipt = fs::read(entry.path().join("determinism.json")).unwrap();
            let id = entry.file_name().into_string().unwrap();
            receipts.insert(id, serde_json::from_slice(&receipt).unwrap());
        }
        receipts
    }

    /// Lines that come into the folder `meeting` and wait there, until this many are in.
    fn meeting(&self, lines: usize, count: u64) -> Vec<Value> {
        let folder = self.path("meeting");
        fs::create_dir_all(&folder).unwrap();
        (0..lines)
            .map(|number| json!({"params": {"do": "meet", "folder": folder, "count": count, "n": number}}))
            .collect()
    }

    /// How many were in when each of them came, for everyone who came.
    fn met(&self) -> Vec<usize> {
        let log = fs::read_to_string(self.path("meeting/log")).unwrap_or_default();
        log.lines().map(|line| line.parse().unwrap()).collect()
    }

    /// Whoever waits for the meeting goes on.
    fn open(&self) {
        fs::write(self.path("meeting/open"), "").unwrap();
    }

    /// Waits until this many wait in the meeting; gives their process ids.
    fn wait_until_inside(&self, count: usize) -> Vec<i32> {
        let inside = self.path("meeting/inside");
        let pids = || -> Vec<i32> {
            let entries = fs::read_dir(&inside).into_iter().flatten();
            entries
                .map(|entry| entry.unwrap().file_name().to_string_lossy().parse().unwrap())
                .collect()
        };
        wait_until("so many are inside", || pids().len() == count);
        pids()
    }
}

impl Started {
    fn new(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdout }
    }

    /// The next envelope, as soon as it is there.
    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(pid(self.child.id().cast_signed()), signal).unwrap();
    }

    fn wait(self) -> Ended {
        use std::os::unix::process::ExitStatusExt as _;
        let Self { child, stdout } = self;
        let results = std::thread::spawn(move || {
            stdout
                .lines()
                .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
                .collect()
        });
        let output = child.wait_with_output().unwrap();
        let signal = output.status.signal().map(|signal| 128 + signal);
        Ended {
            status: output.status.code().or(signal).unwrap(),
            results: results.join().unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ended {
    /// Fails unless the batch ended with this exit status, and so many of its runs in these two ways.
    #[track_caller]
    fn assert(&self, status: i32, succeeded: usize, failed: usize) -> &Self {
        let count = |status| self.results.iter().filter(|r| r["status"] == status).count();
        assert_eq!(
            (self.status, count("success"), count("error")),
            (status, succeeded, failed),
            "{self:?}"
        );
        self
    }

    /// The execution ids, in the order of the answers.
    fn ids(&self) -> Vec<&str> {
        self.results
            .iter()
            .map(|result| result["execution_id"].as_str().unwrap())
            .collect()
    }

    /// The error code of every line that has one, by the number of the line.
    fn codes(&self) -> BTreeMap<u64, String> {
        let failed = self.results.iter().filter(|result| result["status"] == "error");
        failed
            .map(|result| {
                (
                    number(result),
                    result["error"]["code"].as_str().unwrap().to_owned(),
                )
            })
            .collect()
    }

    /// The last line of stderr, which sums up, without the time at its end.
    fn counts(&self) -> &str {
        let summary = self.stderr.lines().last().unwrap_or_default();
        summary.rsplit_once("; ").expect("a time at its end").0
    }
}

impl fmt::Debug for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit status {}\n--- stdout\n", self.status)?;
        for result in &self.results {
            writeln!(f, "{result}")?;
        }
        write!(f, "--- stderr\n{}", self.stderr)
    }
}

fn finish(command: Command) -> Ended {
    Started::new(command).wait()
}

/// The number of the line that an answer is of: the last part of its execution id, or the one before the hash.
#[track_caller]
fn number(result: &Value) -> u64 {
    let id = result["execution_id"].as_str().unwrap();
    let mut parts = id.rsplit('-');
    let last = parts.next().unwrap();
    let is_hash = last.len() == 8;
    let number = if is_hash { parts.next().unwrap() } else { last };
    number.parse().unwrap_or_else(|_| panic!("{id} has no line"))
}

fn ok(message: &str) -> Value {
    json!({"params": {"message": message}})
}

/// Lines whose run leaves a trace of every call.
fn counted(workspace: &Path, messages: &[&str]) -> Vec<Value> {
    let path = workspace.join("calls");
    messages
        .iter()
        .map(|message| json!({"params": {"do": "count", "path": path, "message": message}}))
        .collect()
}

fn calls(workspace: &Workspace) -> usize {
    fs::read_to_string(workspace.path("calls")).map_or(0, |calls| calls.lines().count())
}

/// Waits for something that another process does.
#[track_caller]
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether there is such a process that has not ended.
fn is_alive(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().is_some_and(|rest| rest.starts_with(" Z")))
}

fn pid(pid: i32) -> rustix::process::Pid {
    rustix::process::Pid::from_raw(pid).unwrap()
}

/// The processor `test/probe@1`, built as an example of this package.
fn probe() -> PathBuf {
    let own = std::env::current_exe().unwrap(); // <target folder>/<profile>/deps/counterfoil-<hash>
    let profile = own.ancestors().nth(2).unwrap();
    profile.join("examples/probe")
}
