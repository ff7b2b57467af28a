//! A directory of a test's own, and `counterfoil` in it.

use std::ffi::OsStr;
use std::ops::Deref;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use support::{Dir, Test};

/// The processor that every run names, unless it names another.
pub(crate) const REF: &str = "test/probe@1";
/// The name of its binary: no package of this workspace has it, so that no build of it is found instead.
pub(crate) const BINARY: &str = "test-probe";
/// The secret that the probe reads.
pub(crate) const SECRET: &str = "PROBE_SECRET";

/// Where it is built.
const COUNTERFOIL: &str = env!("CARGO_BIN_EXE_counterfoil");

/// A directory with whatever a test puts there.
pub(crate) struct Workspace(Dir);

impl Deref for Workspace {
    type Target = Dir;

    fn deref(&self) -> &Dir {
        &self.0
    }
}

impl Workspace {
    pub(crate) fn empty() -> Self {
        Self(Dir::new())
    }

    /// A registry of one entry that names no secrets and takes any params, and a directory with its binary, the probe.
    pub(crate) fn new() -> Self {
        Self::new_in(Dir::new())
    }

    /// The same in this directory.
    pub(crate) fn new_in(dir: Dir) -> Self {
        let workspace = Self(dir);
        workspace.create_dir("bin");
        workspace.install(&probe());
        workspace.entry("")
    }

    /// The same with this shell script as the binary; in it, `$PROBE` is the probe.
    pub(crate) fn with_script(body: &str) -> Self {
        Self::new().script(BINARY, body)
    }

    /// A workspace of Cargo's with one processor, `a-b`, and its registry entry.
    pub(crate) fn with_package() -> Self {
        let workspace = Self::empty();
        workspace.write(
            "Cargo.toml",
            "[workspace]\nresolver = \"3\"\nmembers = [\"processors/a-b\"]\n",
        );
        workspace.write(
            "processors/a-b/Cargo.toml",
            "[package]\nname = \"a-b\"\nedition = \"2024\"\n",
        );
        workspace.write("processors/a-b/src/main.rs", "fn main() {}\n");
        let secrets = "secrets: {required: [A], optional: [B]}\n";
        workspace.write("registry/a_b.yaml", entry("a/b@1", "a-b", secrets));
        workspace
    }

    /// Adds these lines to the entry.
    pub(crate) fn entry(self, more: &str) -> Self {
        self.registry_file("test_probe.yaml", &entry(REF, BINARY, &format!("{more}\n")))
    }

    /// Writes a file of the registry.
    pub(crate) fn registry_file(self, name: &str, text: &str) -> Self {
        self.write(&format!("registry/{name}"), text);
        self
    }

    /// Writes an executable shell script into the directory of binaries.
    pub(crate) fn script(self, name: &str, body: &str) -> Self {
        let probe = probe();
        let script = format!(
            "#!/bin/sh\nPATH=/usr/bin:/bin\nPROBE='{}'\n{body}\n",
            probe.display()
        );
        self.executable(&format!("bin/{name}"), script);
        self
    }

    /// Replaces the binary.
    pub(crate) fn install(&self, binary: &Path) {
        let place = self.bin().join(BINARY);
        let _ = std::fs::remove_file(&place);
        symlink(binary, place).unwrap();
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

    /// `counterfoil` with these arguments, in this directory.
    pub(crate) fn counterfoil<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Test {
        Test::new(COUNTERFOIL)
            .with_toolchain()
            .current_dir(self.root())
            .args(arguments)
    }

    /// `counterfoil run --json` of the processor, with an execution id, a write prefix, and the inputs `{}`.
    pub(crate) fn test(&self) -> Test {
        self.test_by(COUNTERFOIL)
    }

    /// The same by another copy of the orchestrator.
    pub(crate) fn test_by(&self, counterfoil: impl Into<PathBuf>) -> Test {
        Test::orchestrator(counterfoil)
            .artifacts(self.artifacts())
            .env("PATH", self.bin())
            .args(["--ref", REF, "--json", "--registry"])
            .arg(self.registry())
    }

    /// The same with these `params`, a JSON object.
    pub(crate) fn probe(&self, params: &str) -> Test {
        self.test().params(params)
    }
}

/// The text of a registry entry with these further lines.
pub(crate) fn entry(processor_ref: &str, package: &str, lines: &str) -> String {
    format!(
        "ref: {processor_ref}\nbuild: {{package: {package}}}\nruntime: {{cpu: 1, memory: 2Gi, timeout_s: 60}}\n{lines}"
    )
}

/// The probe: an example of this package, in a directory beside that of the tests.
pub(crate) fn probe() -> PathBuf {
    let own = std::env::current_exe().unwrap(); // <target directory>/<profile>/deps/counterfoil-<hash>
    let probe = own.ancestors().nth(2).unwrap().join("examples/probe");
    assert!(
        probe.is_file(),
        "{} is missing: name no single test target, or add `--example probe`",
        probe.display()
    );
    probe
}
