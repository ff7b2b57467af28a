//! `counterfoil run` with a registry, binaries and artifacts of its own.

use std::ffi::OsString;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use serde_json::Value;
use support::{Finished, Run};
use tempfile::TempDir;

/// The processor that every run asks for, unless it says otherwise.
pub(crate) const REF: &str = "test/probe@1";
/// The name of its binary: no package of this workspace has it, so nothing of the build's is found in its place.
pub(crate) const BINARY: &str = "test-probe";
/// The secret that the probe reads.
pub(crate) const SECRET: &str = "PROBE_SECRET";

/// A folder with a registry that has one entry, a folder of binaries that is all of `PATH`, and artifacts.
pub(crate) struct Workplace(TempDir);

/// One call of `counterfoil run` in a workplace, with an empty environment.
pub(crate) struct Call {
    run: Run,
    document: Option<OsString>,
    arguments: Vec<OsString>,
    prefix: String,
    execution_id: String,
    base: PathBuf,
}

impl Workplace {
    /// With the probe as its processor, and an entry that names no secrets and takes any params.
    pub(crate) fn new() -> Self {
        let place = Self(TempDir::new().unwrap());
        for folder in ["registry", "bin"] {
            std::fs::create_dir(place.0.path().join(folder)).unwrap();
        }
        place.install(&probe());
        place.entry("")
    }

    /// With this shell script as its processor; in it, `$PROBE` is the probe.
    pub(crate) fn with_script(body: &str) -> Self {
        Self::new().script(BINARY, body)
    }

    /// Adds these lines to the entry.
    pub(crate) fn entry(self, more: &str) -> Self {
        let entry = format!(
            "ref: {REF}\nbuild: {{package: {BINARY}}}\nruntime: {{cpu: \"1\", memory: 2Gi, timeout_s: 60}}\n{more}\n"
        );
        self.registry_file("test_probe.yaml", &entry)
    }

    /// Writes a file of the registry.
    pub(crate) fn registry_file(self, name: &str, text: &str) -> Self {
        std::fs::write(self.registry().join(name), text).unwrap();
        self
    }

    /// Writes an executable shell script into the folder of binaries.
    pub(crate) fn script(self, name: &str, body: &str) -> Self {
        let script = format!(
            "#!/bin/sh\nPATH=/usr/bin:/bin\nPROBE='{}'\n{body}\n",
            probe().display()
        );
        self.executable(name, script.as_bytes())
    }

    /// Writes an executable file into the folder of binaries.
    pub(crate) fn executable(self, name: &str, content: &[u8]) -> Self {
        let source = self.file(&format!("{name}.source"), content);
        let binary = self.bin().join(name);
        let _ = std::fs::remove_file(&binary);
        // by another process: a descriptor of this one's might, in a child that another test starts at this moment, be
        // open for writing still, and the kernel starts no such file
        let copied = Command::new("/bin/cp").arg(source).arg(&binary).status();
        assert!(copied.unwrap().success());
        set_mode(&binary, 0o755);
        self
    }

    /// Puts another processor in the place of the one that is there.
    pub(crate) fn install(&self, binary: &Path) {
        let place = self.bin().join(BINARY);
        let _ = std::fs::remove_file(&place);
        symlink(binary, place).unwrap();
    }

    /// Writes a file beside everything else.
    pub(crate) fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let file = self.0.path().join(name);
        std::fs::write(&file, content).unwrap();
        file
    }

    /// A place beside everything else.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn registry(&self) -> PathBuf {
        self.path("registry")
    }

    pub(crate) fn bin(&self) -> PathBuf {
        self.path("bin")
    }

    pub(crate) fn artifacts(&self) -> PathBuf {
        self.path("artifacts")
    }

    /// A call with `--json`, an execution id, a write prefix, and the inputs `{}`.
    pub(crate) fn run(&self) -> Call {
        self.run_by(env!("CARGO_BIN_EXE_counterfoil"))
    }

    /// The same by another copy of the orchestrator.
    pub(crate) fn run_by(&self, counterfoil: impl Into<PathBuf>) -> Call {
        Call {
            run: Run::of(counterfoil)
                .base(&self.artifacts())
                .env("PATH", self.bin()),
            document: Some("{}".into()),
            arguments: vec![
                "--ref".into(),
                REF.into(),
                "--registry".into(),
                self.registry().into(),
                "--json".into(),
            ],
            prefix: support::PREFIX.into(),
            execution_id: support::EXECUTION_ID.into(),
            base: self.artifacts(),
        }
    }

    /// A call whose `params` are these, a JSON object.
    pub(crate) fn probe(&self, params: &str) -> Call {
        self.run().inputs(format!(r#"{{"params":{params}}}"#))
    }
}

impl Call {
    /// The inputs document.
    pub(crate) fn inputs(mut self, document: impl Into<OsString>) -> Self {
        self.document = Some(document.into());
        self
    }

    /// No `--inputs-json`: the arguments say where the inputs are.
    pub(crate) fn inputs_elsewhere(mut self) -> Self {
        self.document = None;
        self
    }

    /// What is on standard input.
    pub(crate) fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.run = self.run.inputs(bytes);
        self
    }

    pub(crate) fn args<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Tells people.
    pub(crate) fn for_people(mut self) -> Self {
        self.arguments.retain(|argument| argument != "--json");
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.run = self.run.env(name, value);
        self
    }

    pub(crate) fn execution_id(mut self, id: &str) -> Self {
        self.execution_id = id.into();
        self
    }

    pub(crate) fn prefix(mut self, prefix: &str) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Runs it by another program, as [`Run::under`] has it.
    pub(crate) fn under<A: Into<OsString>>(mut self, wrapper: impl IntoIterator<Item = A>) -> Self {
        self.run = self.run.under(wrapper);
        self
    }

    /// The artifacts folder that is looked into afterwards, where the arguments name another one.
    pub(crate) fn base(mut self, base: &Path) -> Self {
        self.base = base.into();
        self
    }

    /// The call as a process that is not started yet.
    pub(crate) fn process(self) -> Run {
        let mut arguments: Vec<OsString> = vec!["run".into()];
        if let Some(document) = self.document {
            arguments.extend(["--inputs-json".into(), document]);
        }
        arguments.extend(["--write-prefix".into(), (&self.prefix).into()]);
        arguments.extend(["--execution-id".into(), (&self.execution_id).into()]);
        arguments.extend(self.arguments);
        self.run
            .base(&self.base)
            .prefix(&self.prefix)
            .execution_id(&self.execution_id)
            .arguments(arguments)
    }

    /// Runs it to its end.
    pub(crate) fn finish(self) -> Finished {
        self.process().finish()
    }

    /// Starts it; [`Run::wait`] of what comes back waits for its end.
    pub(crate) fn start(self) -> (Run, Child) {
        let run = self.process();
        let child = run.start();
        (run, child)
    }
}

/// The probe: this package's example, which stands in a folder beside the tests' own.
pub(crate) fn probe() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let profile = own.parent().and_then(Path::parent).unwrap();
    let probe = profile.join("examples/probe");
    assert!(
        probe.is_file(),
        "{} is missing: name no single test target, or add `--example probe`",
        probe.display()
    );
    probe
}

/// Sets the permissions of a file or folder.
pub(crate) fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// The JSON lines of a text.
pub(crate) fn json_lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}
