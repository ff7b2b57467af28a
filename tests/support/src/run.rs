//! Runs a processor as a process, and reads what it left.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

/// The execution id of every run that does not say otherwise.
pub const EXECUTION_ID: &str = "run-1";
/// The write prefix of every run that does not say otherwise.
pub const PREFIX: &str = "/artifacts/demo/{execution_id}/";

/// A processor's process, to be started; it has an artifacts folder of its own and an empty environment.
pub struct Run {
    program: PathBuf,
    wrapper: Vec<OsString>,
    base: Base,
    inputs: Inputs,
    prefix: String,
    execution_id: String,
    arguments: Option<Vec<OsString>>,
    environment: BTreeMap<String, OsString>,
}

enum Base {
    Own(TempDir),
    Given(PathBuf),
}

enum Inputs {
    Stdin(Vec<u8>),
    File(PathBuf),
}

/// A run that has ended.
pub struct Finished {
    /// The exit status; 128 and the number for a signal.
    pub status: i32,
    /// All of stdout.
    pub stdout: String,
    /// All of stderr.
    pub stderr: String,
    /// The write prefix on this machine.
    pub prefix: PathBuf,
    /// The global receipt on this machine.
    pub global_receipt: PathBuf,
    base: Base,
}

impl Run {
    /// A run of this binary, with the inputs document `{}`.
    pub fn of(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            wrapper: Vec::new(),
            base: Base::Own(TempDir::new().expect("a folder for the test")),
            inputs: Inputs::Stdin(b"{}".to_vec()),
            prefix: PREFIX.into(),
            execution_id: EXECUTION_ID.into(),
            arguments: None,
            environment: BTreeMap::new(),
        }
    }

    /// Gives the inputs document on stdin, as it is.
    #[must_use]
    pub fn inputs(mut self, document: impl AsRef<[u8]>) -> Self {
        self.inputs = Inputs::Stdin(document.as_ref().to_vec());
        self
    }

    /// Gives the inputs document as a file.
    #[must_use]
    pub fn inputs_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.inputs = Inputs::File(path.into());
        self
    }

    /// Another write prefix.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Another execution id.
    #[must_use]
    pub fn execution_id(mut self, id: &str) -> Self {
        self.execution_id = id.into();
        self
    }

    /// These arguments instead of the usual three.
    #[must_use]
    pub fn arguments<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments = Some(arguments.into_iter().map(Into::into).collect());
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Uses this artifacts folder, which the test keeps.
    #[must_use]
    pub fn base(mut self, base: &Path) -> Self {
        self.base = Base::Given(base.to_owned());
        self
    }

    /// Runs it by another program, such as `strace -f`, which gets the command as its last arguments and has to end
    /// as the command ends.
    #[must_use]
    pub fn under<A: Into<OsString>>(mut self, wrapper: impl IntoIterator<Item = A>) -> Self {
        self.wrapper = wrapper.into_iter().map(Into::into).collect();
        self
    }

    /// The command, without its stdin, for tests that wrap it or start it themselves.
    pub fn command(&self) -> Command {
        let mut command = match self.wrapper.split_first() {
            None => Command::new(&self.program),
            Some((wrapper, arguments)) => {
                let mut command = Command::new(wrapper);
                command.args(arguments).arg(&self.program);
                command
            }
        };
        command.env_clear().env("ARTIFACTS_BASE_DIR", self.base.path());
        command.envs(&self.environment);
        match &self.arguments {
            Some(arguments) => command.args(arguments),
            None => command
                .arg("--inputs")
                .arg(match &self.inputs {
                    Inputs::Stdin(_) => Path::new("-"),
                    Inputs::File(path) => path,
                })
                .args([
                    "--write-prefix",
                    &self.prefix,
                    "--execution-id",
                    &self.execution_id,
                ]),
        };
        command
    }

    /// Starts it with pipes, and its inputs given.
    pub fn start(&self) -> Child {
        let mut child = self
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", self.program.display()));
        let mut stdin = child.stdin.take().expect("stdin is piped");
        if let Inputs::Stdin(document) = &self.inputs {
            let document = document.clone();
            std::thread::spawn(move || {
                let _ = stdin.write_all(&document); // a run that ends early does not read it
            });
        }
        child
    }

    /// Runs it to its end.
    #[must_use]
    pub fn finish(self) -> Finished {
        let child = self.start();
        self.wait(child)
    }

    /// Waits for a child of [`Run::start`].
    #[must_use]
    pub fn wait(self, child: Child) -> Finished {
        use std::os::unix::process::ExitStatusExt as _;
        let output = child.wait_with_output().expect("the child can be waited for");
        let signal = output.status.signal().map(|signal| 128 + signal);
        let prefix = self.prefix.replace("{execution_id}", &self.execution_id);
        let below = prefix.strip_prefix("/artifacts/").unwrap_or_default();
        Finished {
            status: output.status.code().or(signal).expect("it has ended"),
            stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            prefix: self.base.path().join(below),
            global_receipt: self
                .base
                .path()
                .join("execution")
                .join(&self.execution_id)
                .join("determinism.json"),
            base: self.base,
        }
    }
}

impl Base {
    fn path(&self) -> &Path {
        match self {
            Self::Own(folder) => folder.path(),
            Self::Given(path) => path,
        }
    }
}

impl Finished {
    /// The artifacts folder.
    pub fn base(&self) -> &Path {
        self.base.path()
    }

    /// The envelope; fails unless stdout is exactly one JSON line.
    pub fn envelope(&self) -> Value {
        let line = self
            .stdout
            .strip_suffix('\n')
            .unwrap_or_else(|| panic!("no line: {self:?}"));
        assert!(!line.contains('\n'), "more than one line: {self:?}");
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The receipt, whose two files have to be there and identical.
    pub fn receipt(&self) -> Value {
        let read = |path: &Path| {
            std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}: {self:?}", path.display()))
        };
        let receipt = read(&self.prefix.join("receipt.json"));
        assert_eq!(receipt, read(&self.global_receipt), "the two receipts differ");
        serde_json::from_slice(&receipt).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Every file below the artifacts folder, by its relative path, with its bytes.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        files_below(self.base())
    }

    /// Fails unless the run succeeded, and everything that the receipt speaks of is there with the right hash.
    #[track_caller]
    pub fn assert_success(&self) -> &Self {
        assert_eq!(self.status, 0, "{self:?}");
        assert_eq!(self.envelope()["status"], "success", "{self:?}");
        let receipt = self.receipt();
        assert_eq!(receipt["status"], "success");
        assert_chain(self.base(), &receipt);
        self
    }

    /// Fails unless the run ended with this code and exit status, envelope and both receipts say so, and no output or
    /// staging file is left.
    #[track_caller]
    pub fn assert_failure(&self, code: &str, status: i32) -> &Self {
        self.assert_refused(code, status);
        let receipt = self.receipt();
        assert_eq!(receipt["status"], "error", "{self:?}");
        assert_eq!(receipt["error"], self.envelope()["error"], "{self:?}");
        let left: Vec<_> = files_below(&self.prefix).into_keys().collect();
        assert_eq!(left, ["receipt.json"], "{self:?}");
        self
    }

    /// The same for a failure that has kept the answer which it could not use; gives the answer.
    #[track_caller]
    pub fn assert_rejected(&self, code: &str, status: i32) -> Vec<u8> {
        self.assert_refused(code, status);
        let receipt = self.receipt();
        assert_eq!(receipt["error"], self.envelope()["error"], "{self:?}");
        let mut left = files_below(&self.prefix);
        let answer = left.remove("rejected/response.bin").expect("an answer is kept");
        let left: Vec<_> = left.into_keys().collect();
        assert_eq!(left, ["receipt.json"], "{self:?}");
        let rejected = &receipt["rejected"];
        assert_eq!(rejected["sha256"], sha256(&answer), "{self:?}");
        assert_eq!(rejected["size_bytes"], answer.len(), "{self:?}");
        let path = rejected["path"].as_str().expect("a path");
        let below = path.strip_prefix("world://artifacts/").expect("a world path");
        assert_eq!(
            std::fs::read(self.base().join(below)).expect("it is there"),
            answer
        );
        answer
    }

    /// Fails unless the run ended with this code and exit status in its envelope.
    #[track_caller]
    pub fn assert_refused(&self, code: &str, status: i32) -> &Self {
        assert_eq!(self.status, status, "{self:?}");
        let envelope = self.envelope();
        assert_eq!(envelope["status"], "error", "{self:?}");
        assert_eq!(envelope["error"]["code"], code, "{self:?}");
        let message = envelope["error"]["message"].as_str().expect("a message");
        assert!(!message.is_empty() && !message.contains('\n'), "{message:?}");
        self
    }

    /// The error's message.
    pub fn message(&self) -> String {
        self.envelope()["error"]["message"]
            .as_str()
            .expect("a message")
            .to_owned()
    }

    /// Fails if the text stands anywhere: in a file, on stdout, on stderr.
    #[track_caller]
    pub fn assert_nowhere(&self, needle: &str) -> &Self {
        let contains = |bytes: &[u8]| {
            bytes
                .windows(needle.len())
                .any(|window| window == needle.as_bytes())
        };
        for (path, bytes) in self.files() {
            assert!(
                !contains(&bytes) && !contains(path.as_bytes()),
                "{needle:?} stands in {path}: {self:?}"
            );
        }
        assert!(
            !self.stdout.contains(needle),
            "{needle:?} stands on stdout: {self:?}"
        );
        assert!(
            !self.stderr.contains(needle),
            "{needle:?} stands on stderr: {self:?}"
        );
        self
    }
}

impl std::fmt::Debug for Finished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let files: Vec<_> = files_below(self.base.path()).into_keys().collect();
        write!(
            f,
            "exit status {}\n--- stdout\n{}--- stderr\n{}--- files\n{files:#?}",
            self.status, self.stdout, self.stderr
        )
    }
}

/// Every file below a folder, by its relative path, with its bytes.
pub fn files_below(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).into_iter().flatten() {
            let entry = entry.expect("the folder can be read");
            if entry.file_type().expect("it has a type").is_dir() {
                folders.push(entry.path());
            } else {
                let path = entry.path();
                let name = path
                    .strip_prefix(folder)
                    .expect("it is below")
                    .to_string_lossy()
                    .into_owned();
                files.insert(name, std::fs::read(&path).unwrap_or_default());
            }
        }
    }
    files
}

/// Fails unless a success receipt's index and every output that the index names are there with the right hashes.
#[track_caller]
pub fn assert_chain(base: &Path, receipt: &Value) {
    let host = |path: &Value| {
        let path = path.as_str().expect("a world path");
        base.join(path.strip_prefix("world://artifacts/").expect("a world path"))
    };
    let index = std::fs::read(host(&receipt["outputs_index"])).expect("the index is there");
    assert_eq!(
        receipt["outputs_index_sha256"],
        sha256(&index),
        "the index has another hash"
    );
    let index: Value = serde_json::from_slice(&index).expect("the index is JSON");
    for output in index["outputs"].as_array().expect("a list of outputs") {
        let bytes = std::fs::read(host(&output["path"])).expect("the output is there");
        assert_eq!(
            output["cid"],
            format!("sha256:{}", sha256(&bytes)),
            "an output has another hash"
        );
        assert_eq!(output["size_bytes"], bytes.len(), "an output has another size");
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
