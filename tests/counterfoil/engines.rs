//! A workspace whose `docker` and `podman` are the stand-in of `tests/engine`.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde_json::Value;

use support::{Test, json_lines};

use super::workspace::{BINARY, Workspace, probe};

/// Both names of the stand-in.
pub(crate) const ENGINES: [&str; 2] = ["docker", "podman"];
/// The image that the entry pins.
pub(crate) const IMAGE: &str =
    "ghcr.io/o/r/test-probe@sha256:abababababababababababababababababababababababababababababababab";

/// A workspace with engines.
pub(crate) struct Engines {
    pub(crate) workspace: Workspace,
}

impl Engines {
    /// The probe is in the image that its entry pins, and that is on this machine.
    pub(crate) fn new() -> Self {
        Self::from(Workspace::new())
    }

    /// The same with this shell script.
    pub(crate) fn with_script(body: &str) -> Self {
        Self::from(Workspace::with_script(body))
    }

    /// The same with the processor of this workspace.
    pub(crate) fn from(workspace: Workspace) -> Self {
        let engines = Self { workspace }.entry("");
        for dir in ["images", "remote", "containers"] {
            std::fs::create_dir_all(engines.state(dir)).unwrap();
        }
        let stand_in = probe().with_file_name("stand-in-engine");
        assert!(stand_in.is_file(), "{} is missing", stand_in.display());
        for name in ENGINES {
            symlink(&stand_in, engines.workspace.bin().join(name)).unwrap();
        }
        engines.put("images", IMAGE, &engines.workspace.bin().join(BINARY));
        engines
    }

    /// Adds these lines to the entry.
    pub(crate) fn entry(self, more: &str) -> Self {
        Self {
            workspace: self
                .workspace
                .entry(&format!("image: {{oci: \"{IMAGE}\"}}\n{more}")),
        }
    }

    /// A file or directory of the stand-in's state.
    pub(crate) fn state(&self, name: &str) -> PathBuf {
        self.workspace.path("engine").join(name)
    }

    /// Makes the stand-in fail, or wait, as the file of this name says.
    pub(crate) fn fault(self, name: &str, text: &str) -> Self {
        std::fs::write(self.state(name), text).unwrap();
        self
    }

    /// Puts a processor into an image, below `images` or `remote`.
    pub(crate) fn put(&self, dir: &str, image: &str, program: &Path) {
        let (_, hex) = image.rsplit_once(':').unwrap();
        let place = self.state(dir).join(hex);
        let _ = std::fs::remove_file(&place);
        symlink(program, place).unwrap();
    }

    /// Leaves the image to be pulled.
    pub(crate) fn only_remote(self) -> Self {
        let (_, hex) = IMAGE.rsplit_once(':').unwrap();
        std::fs::rename(self.state("images").join(hex), self.state("remote").join(hex)).unwrap();
        self
    }

    /// A run by this engine.
    pub(crate) fn test(&self, engine: &str) -> Test {
        self.test_by(&["--engine", engine])
    }

    /// A run by the adapter that these arguments name.
    pub(crate) fn test_by(&self, adapter: &[&str]) -> Test {
        self.workspace
            .test()
            .args(adapter.iter().copied())
            .env("STAND_IN_ENGINE", self.workspace.path("engine"))
    }

    /// The same with these `params`, a JSON object.
    pub(crate) fn probe(&self, engine: &str, params: &str) -> Test {
        self.test(engine).params(params)
    }

    /// Every call of the stand-in.
    pub(crate) fn calls(&self) -> Vec<Value> {
        let calls = std::fs::read_to_string(self.state("calls.jsonl")).unwrap_or_default();
        json_lines(&calls)
    }

    /// The arguments of every call that begins with this command.
    pub(crate) fn calls_of(&self, command: &str) -> Vec<Vec<String>> {
        self.calls()
            .iter()
            .map(|call| serde_json::from_value(call["arguments"].clone()).unwrap())
            .filter(|arguments: &Vec<String>| arguments[0] == command)
            .collect()
    }

    /// The commands in their order, but for `ps`, which is asked beside the others.
    pub(crate) fn commands(&self) -> Vec<String> {
        let first = |call: &Value| call["arguments"][0].as_str().unwrap().to_owned();
        let commands = self.calls();
        commands
            .iter()
            .map(first)
            .filter(|command| command != "ps")
            .collect()
    }

    /// The names of the containers that were run.
    pub(crate) fn names(&self) -> Vec<String> {
        let name = |arguments: &Vec<String>| value(arguments, "--name").unwrap();
        self.calls_of("run").iter().map(name).collect()
    }

    /// Fails if a container is left.
    #[track_caller]
    pub(crate) fn assert_no_container(&self) {
        let left = std::fs::read_dir(self.state("containers")).unwrap().count();
        assert_eq!(left, 0, "a container is left");
    }
}

/// The value of an option.
pub(crate) fn value(arguments: &[String], option: &str) -> Option<String> {
    let at = arguments.iter().position(|argument| argument == option)?;
    arguments.get(at + 1).cloned()
}
