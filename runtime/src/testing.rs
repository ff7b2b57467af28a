//! What an author needs to test a provider without a process (feature `testing`).
//!
//! ```
//! use runtime::testing::Case;
//! # use runtime::{Config, Inputs, OutputItem, ProcessorOutput, Runner};
//! # fn make_runner(_: Config) -> Runner {
//! #     Box::new(|inputs: Inputs| {
//! #         let text = inputs.params.get("text").and_then(|text| text.as_str()).unwrap_or_default();
//! #         Ok(ProcessorOutput::new("text_upper:v1")
//! #             .with_output(OutputItem::bytes("outputs/text.txt", "text/plain", text.to_uppercase())))
//! #     })
//! # }
//!
//! let outcome = Case::new("text/upper@1", make_runner)
//!     .inputs(r#"{"params":{"text":"hello"}}"#)
//!     .run();
//! assert_eq!(outcome.status, 0);
//! assert_eq!(outcome.output("outputs/text.txt"), b"HELLO");
//! assert_eq!(outcome.receipt()["mode"], "mock");
//! ```

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use documents::{ErrorCode, ProcessorRef};
use logging::{Clock, Environment};
use serde_json::Value;
use snapbox::data::DataFormat;
use snapbox::{Assert, Data};
use tempfile::TempDir;

use crate::config::Config;
use crate::contract::{Estimator, Runner};
use crate::run::{Invocation, Processor};
use crate::signals::Signals;

/// The execution id of every case.
const EXECUTION_ID: &str = "test";
/// Where every case writes.
const PREFIX: &str = "/artifacts/case/{execution_id}/";
/// 2026-01-01T00:00:00Z, the time of every case, in seconds since the epoch.
const NOW: u64 = 1_767_225_600;

/// A run with its own artifacts directory, a fixed clock, and only the environment that the test sets.
pub struct Case {
    processor: Processor,
    document: Vec<u8>,
    variables: BTreeMap<String, OsString>,
    artifacts: TempDir,
}

/// What a run left.
pub struct Outcome {
    /// The exit status; 0 is success.
    pub status: u8,
    /// The line on stdout.
    pub stdout: String,
    /// The lines of the log.
    pub log: String,
    artifacts: TempDir,
}

impl Case {
    /// A run of this provider, with the inputs document `{}`.
    ///
    /// # Panics
    ///
    /// When the reference does not have the form `ns/name@ver`.
    #[must_use]
    pub fn new<F>(processor_ref: &'static str, make_runner: F) -> Self
    where
        F: Fn(Config) -> Runner + Send + Sync + 'static,
    {
        let processor_ref = ProcessorRef::from_static(processor_ref);
        Self {
            processor: Processor::new("test", "0.0.0", processor_ref, make_runner),
            document: b"{}".to_vec(),
            variables: BTreeMap::new(),
            artifacts: TempDir::new().expect("a temporary directory"),
        }
    }

    /// The inputs document, as it would stand in its file.
    #[must_use]
    pub fn inputs(mut self, document: impl Into<Vec<u8>>) -> Self {
        self.document = document.into();
        self
    }

    /// Puts a secret, or any other setting, into the environment.
    #[must_use]
    pub fn secret(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    /// Puts a file below `/artifacts/`, for `files` of the inputs.
    ///
    /// # Panics
    ///
    /// When it cannot be written.
    #[must_use]
    pub fn artifact(self, relpath: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.artifacts.path().join(relpath);
        if let Some(dir) = path.parent() {
            std::fs::create_dir_all(dir).expect("the artifact's directory can be made");
        }
        std::fs::write(path, content).expect("the artifact can be written");
        self
    }

    /// Says more of runs before they are made, as the second path of [`main!`](crate::main) does.
    #[must_use]
    pub fn estimator<F>(mut self, make_estimator: F) -> Self
    where
        F: Fn(Config) -> Estimator + Send + Sync + 'static,
    {
        self.processor = self.processor.with_estimator(make_estimator);
        self
    }

    /// Its estimate, with `--estimate`. The inputs document has to be one line.
    ///
    /// # Panics
    ///
    /// When it is not one line of JSON, or this machine has no sockets left.
    #[must_use]
    pub fn estimate(self) -> Value {
        self.call(&["test", "--estimate"]).envelope()
    }

    /// Runs it.
    ///
    /// # Panics
    ///
    /// When this machine has no sockets left.
    #[must_use]
    pub fn run(self) -> Outcome {
        self.call(&[
            "test",
            "--inputs",
            "-",
            "--write-prefix",
            PREFIX,
            "--execution-id",
            EXECUTION_ID,
        ])
    }

    fn call(mut self, arguments: &[&str]) -> Outcome {
        self.variables
            .insert("ARTIFACTS_BASE_DIR".into(), self.artifacts.path().into());
        let stdout = Shared::default();
        let log = Shared::default();
        let status = self.processor.run(Invocation {
            arguments: arguments.iter().map(OsString::from).collect(),
            environment: Environment::from_variables(self.variables),
            clock: Clock::fixed(SystemTime::UNIX_EPOCH + Duration::from_secs(NOW)),
            stdin: Box::new(io::Cursor::new(self.document)),
            stdout: Box::new(stdout.clone()),
            stderr: Box::new(log.clone()),
            signals: Signals::none().expect("a pair of sockets"),
            store: None,
        });
        Outcome {
            status,
            stdout: stdout.text(),
            log: log.text(),
            artifacts: self.artifacts,
        }
    }
}

impl Outcome {
    /// The envelope.
    ///
    /// # Panics
    ///
    /// When stdout is not one JSON line.
    #[must_use]
    pub fn envelope(&self) -> Value {
        let line = self.stdout.strip_suffix('\n').expect("stdout is a line");
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// The receipt.
    ///
    /// # Panics
    ///
    /// When the two receipts are missing or differ.
    #[must_use]
    pub fn receipt(&self) -> Value {
        let global = self.artifacts.path().join("execution").join(EXECUTION_ID);
        let receipt = self.read(&self.prefix().join("receipt.json"));
        assert_eq!(
            receipt,
            self.read(&global.join("determinism.json")),
            "the receipts differ"
        );
        serde_json::from_slice(&receipt).expect("a receipt is JSON")
    }

    /// The bytes of an output.
    ///
    /// # Panics
    ///
    /// When no output has this path.
    #[must_use]
    pub fn output(&self, relpath: &str) -> Vec<u8> {
        self.read(&self.prefix().join(relpath))
    }

    /// Every file below the write prefix, by its relative path: outputs, index and receipt.
    ///
    /// # Panics
    ///
    /// When the directory cannot be read.
    #[must_use]
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(&self.prefix(), "", &mut files).expect("the prefix can be read");
        files
    }

    /// Fails unless the run ended with this code.
    ///
    /// # Panics
    ///
    /// That is how it fails.
    pub fn assert_error(&self, code: ErrorCode) {
        let envelope = self.envelope();
        assert_eq!(
            envelope.pointer("/error/code"),
            Some(&code.as_str().into()),
            "{}{}",
            self.stdout,
            self.log
        );
        assert_eq!(self.status, code.exit_status());
    }

    /// Fails unless the files below the write prefix are those of the golden directory, byte for byte;
    /// `SNAPSHOTS=overwrite` in the environment updates that directory.
    ///
    /// # Panics
    ///
    /// That is how it fails.
    pub fn assert_golden(&self, golden: impl AsRef<Path>) {
        assert_golden(&self.files(), golden.as_ref());
    }

    fn prefix(&self) -> PathBuf {
        self.artifacts.path().join("case").join(EXECUTION_ID)
    }

    fn read(&self, path: &Path) -> Vec<u8> {
        std::fs::read(path)
            .unwrap_or_else(|error| panic!("{}: {error}\n{}{}", path.display(), self.stdout, self.log))
    }
}

/// Fails unless these files are all files of a directory, byte for byte; `SNAPSHOTS=overwrite` in the environment updates
/// that directory.
///
/// # Panics
///
/// That is how it fails.
pub fn assert_golden(files: &BTreeMap<String, Vec<u8>>, golden: &Path) {
    let assert = Assert::new().action_env(snapbox::assert::DEFAULT_ACTION_ENV);
    let mut expected = BTreeMap::new();
    let _ = collect(golden, "", &mut expected); // a new golden directory is missing
    for name in expected.keys().filter(|name| !files.contains_key(*name)) {
        match assert.selected_action() {
            snapbox::assert::Action::Overwrite => {
                std::fs::remove_file(golden.join(name)).expect("a golden file can be removed");
            }
            _ => panic!("{name} is in {}, but the run did not leave it", golden.display()),
        }
    }
    for (name, bytes) in files {
        // text where it is text, for a readable difference; carriage returns would be taken out of it
        let (format, actual) = match String::from_utf8(bytes.clone()) {
            Ok(text) if !text.contains('\r') => (DataFormat::Text, Data::text(text)),
            _ => (DataFormat::Binary, Data::binary(bytes.clone())),
        };
        assert.eq(actual, Data::read_from(&golden.join(name), Some(format)).raw());
    }
}

fn collect(dir: &Path, below: &str, files: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.insert(name, std::fs::read(entry.path())?);
        }
    }
    Ok(())
}

/// A writer whose text can be read afterwards.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
