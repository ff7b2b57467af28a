//! The engines that are to be tried, and a workspace whose entry pins an image of theirs.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use support::{Dir, Test};

use super::registry::{self, File};

/// The processor of every run.
const REF: &str = "test/probe@1";
const PACKAGE: &str = "test-probe";
/// Where its images are.
const NAME: &str = "o/r/test-probe";
/// A shell and all that scripts call, in one static program.
const BUSYBOX: &str = "/bin/busybox";
/// What the clients of the engines need.
const PASSED_ON: [&str; 9] = [
    "PATH",
    "HOME",
    "XDG_RUNTIME_DIR",
    "DOCKER_HOST",
    "DOCKER_CONFIG",
    "CONTAINERS_CONF",
    "CONTAINERS_STORAGE_CONF",
    "CONTAINERS_REGISTRIES_CONF",
    "TMPDIR",
];

/// An engine, and the registry that it pulls from.
#[derive(Clone)]
pub(crate) struct Engine {
    pub(crate) name: String,
    pub(crate) registry: String,
    pub(crate) probe: PathBuf,
}

/// The engines that the environment names; where there is none, the test is skipped.
pub(crate) fn engines() -> Vec<Engine> {
    let get = |name| std::env::var(name).unwrap_or_default();
    let names = get("COUNTERFOIL_TEST_ENGINES");
    let (registry, probe) = (get("COUNTERFOIL_TEST_REGISTRY"), get("COUNTERFOIL_TEST_PROBE"));
    if names.is_empty() || registry.is_empty() || probe.is_empty() {
        eprintln!(
            "*** SKIPPED: COUNTERFOIL_TEST_ENGINES, COUNTERFOIL_TEST_REGISTRY and COUNTERFOIL_TEST_PROBE name no engine, \
             registry and static probe ***"
        );
        return Vec::new();
    }
    let names = names.split(',');
    names
        .map(|name| Engine {
            name: name.to_owned(),
            registry: registry.clone(),
            probe: probe.clone().into(),
        })
        .collect()
}

/// The architecture of this machine, as images name it.
pub(crate) fn own_architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

impl Engine {
    /// Asks the engine.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Output {
        Command::new(&self.name)
            .args(arguments)
            .output()
            .expect("the engine starts")
    }

    /// What it answers.
    #[track_caller]
    pub(crate) fn answer(&self, arguments: &[&str]) -> String {
        let output = self.ask(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// The names of all containers of an execution.
    pub(crate) fn containers(&self, execution_id: &str) -> Vec<String> {
        let label = format!("label=counterfoil.execution={execution_id}");
        let names = self.answer(&["ps", "--all", "--filter", &label, "--format", "{{.Names}}"]);
        names.lines().map(str::to_owned).collect()
    }

    /// A workspace whose image is the probe.
    pub(crate) fn workspace(&self) -> Workspace {
        Workspace::new(
            self,
            &self.image(&std::fs::read(&self.probe).unwrap(), own_architecture()),
        )
    }

    /// Pushes an image of a program; returns its pinned name.
    pub(crate) fn image(&self, program: &[u8], architecture: &str) -> String {
        let layer = [File::Program("processor", program)];
        let digest = registry::push(&self.registry, NAME, architecture, &[&layer]);
        self.pinned(&digest)
    }

    /// Pushes an index of the images for these architectures; returns its pinned name.
    pub(crate) fn index(&self, images: &[(&str, &str)]) -> String {
        let digests: Vec<_> = images
            .iter()
            .map(|(architecture, image)| (*architecture, image.split_once('@').unwrap().1))
            .collect();
        self.pinned(&registry::push_index(&self.registry, NAME, &digests))
    }

    /// The image of this digest.
    pub(crate) fn pinned(&self, digest: &str) -> String {
        format!("{}/{NAME}@{digest}", self.registry)
    }
}

/// A registry of one entry that pins an image, and a directory with the same processor as a binary.
pub(crate) struct Workspace {
    dir: Dir,
    engine: Engine,
    image: String,
}

impl Workspace {
    /// The binary is the probe.
    pub(crate) fn new(engine: &Engine, image: &str) -> Self {
        let workspace = Self {
            dir: Dir::new(),
            engine: engine.clone(),
            image: image.to_owned(),
        };
        workspace.dir.create_dir("bin");
        std::fs::copy(&engine.probe, workspace.dir.path("bin").join(PACKAGE)).unwrap();
        workspace.entry("")
    }

    /// The processor is a shell script; in it, `$PROBE` is the probe. `None` where no static shell is installed.
    pub(crate) fn with_script(engine: &Engine, body: &str) -> Option<Self> {
        let Ok(busybox) = std::fs::read(BUSYBOX) else {
            eprintln!("*** SKIPPED: {BUSYBOX} is not installed (busybox-static) ***");
            return None;
        };
        let script = |probe: &str| format!("#!/bin/sh\nPATH=/usr/bin:/bin\nPROBE='{probe}'\n{body}\n");
        let in_image = script("/probe");
        let probe = std::fs::read(&engine.probe).unwrap();
        let base = [
            File::Program("bin/busybox", &busybox),
            File::Link("bin/sh", "busybox"),
            File::Link("bin/sed", "busybox"),
            File::Link("bin/sleep", "busybox"),
            File::Link("bin/id", "busybox"),
            File::Link("bin/cat", "busybox"),
            File::Link("bin/env", "busybox"),
            File::Link("bin/ls", "busybox"),
            File::Link("bin/grep", "busybox"),
            File::Program("probe", &probe),
        ];
        let top = [File::Program("processor", in_image.as_bytes())];
        let digest = registry::push(&engine.registry, NAME, own_architecture(), &[&base, &top]);
        let workspace = Self::new(engine, &engine.pinned(&digest));
        let own = script(engine.probe.to_str().unwrap());
        workspace.dir.executable(&format!("bin/{PACKAGE}"), own);
        Some(workspace)
    }

    /// Adds these lines to the entry.
    pub(crate) fn entry(self, more: &str) -> Self {
        self.entry_with("2Gi", more)
    }

    /// The same with this memory.
    pub(crate) fn entry_with(self, memory: &str, more: &str) -> Self {
        let image = &self.image;
        self.dir.write(
            "registry/test_probe.yaml",
            format!(
                "ref: {REF}\nimage: {{oci: \"{image}\"}}\nbuild: {{package: {PACKAGE}}}\n\
                 runtime: {{cpu: 1, memory: {memory}, timeout_s: 60}}\n{more}\n"
            ),
        );
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path(name)
    }

    pub(crate) fn write(&self, name: &str, content: &str) -> PathBuf {
        self.dir.write(name, content)
    }

    pub(crate) fn artifacts(&self) -> PathBuf {
        self.path("artifacts")
    }

    /// A run by the engine.
    pub(crate) fn test(&self) -> Test {
        self.test_by(&self.engine.name)
    }

    /// A run by this engine.
    pub(crate) fn test_by(&self, engine: &str) -> Test {
        let test = Test::orchestrator(env!("CARGO_BIN_EXE_counterfoil"))
            .artifacts(self.artifacts())
            .args(["--ref", REF, "--json", "--engine", engine, "--registry"])
            .arg(self.path("registry"));
        let passed_on = PASSED_ON.into_iter();
        let test = passed_on
            .filter_map(|name| Some((name, std::env::var_os(name)?)))
            .fold(test, |test, (name, value)| test.env(name, value));
        if engine == "process" {
            test.env("PATH", search_path(&self.path("bin")))
        } else {
            test
        }
    }
}

/// A directory, and then all that are searched for programs.
fn search_path(first: &Path) -> OsString {
    let own = std::env::var_os("PATH").unwrap_or_default();
    let dirs = std::env::split_paths(&own);
    std::env::join_paths([first.to_owned()].into_iter().chain(dirs)).unwrap()
}
