//! The directory that stands for what an engine keeps.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::engine::Engine;

/// The variable that names the directory.
pub(crate) const VARIABLE: &str = "STAND_IN_ENGINE";
/// The id of every image that is built.
const BUILT: &str = "b111b111b111b111b111b111b111b111b111b111b111b111b111b111b111b111";

/// The directory.
pub(crate) struct State(PathBuf);

impl State {
    pub(crate) fn from_environment() -> Self {
        Self(
            std::env::var_os(VARIABLE)
                .expect("a directory for the state")
                .into(),
        )
    }

    /// Adds a line to the calls: what was asked, the names of all variables, and who it is.
    pub(crate) fn record(&self, engine: Engine, arguments: &[OsString]) {
        let arguments: Vec<_> = arguments
            .iter()
            .map(|argument| argument.to_string_lossy())
            .collect();
        let mut names: Vec<_> = std::env::vars_os().map(|(name, _)| name).collect();
        names.sort();
        let names: Vec<_> = names.iter().map(|name| name.to_string_lossy()).collect();
        let engine = format!("{engine:?}").to_lowercase();
        let line = json!({"engine": engine, "arguments": arguments, "environment": names, "pid": std::process::id()});
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.0.join("calls.jsonl"))
            .expect("the calls can be recorded");
        file.write_all(format!("{line}\n").as_bytes())
            .expect("the calls can be recorded");
    }

    /// The text of a file, if it is there.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.0.join(name)).ok()
    }

    /// Where the processor of an image is, or would be.
    pub(crate) fn image(&self, reference: &str) -> PathBuf {
        self.0.join("images").join(hex(reference))
    }

    /// Whether there was such an image to be had.
    pub(crate) fn pull(&self, reference: &str) -> bool {
        let remote = self.0.join("remote").join(hex(reference));
        std::fs::read_link(remote)
            .and_then(|program| std::os::unix::fs::symlink(program, self.image(reference)))
            .is_ok()
    }

    /// The platform of every image: that of this machine, unless a test says otherwise.
    pub(crate) fn platform(&self) -> String {
        let own = match std::env::consts::ARCH {
            "x86_64" => "linux/amd64",
            "aarch64" => "linux/arm64",
            _ => "",
        };
        self.text("platform").unwrap_or_else(|| own.to_owned())
    }

    /// Whether there were images of another platform to be had.
    pub(crate) fn pull_for_platform(&self) -> bool {
        std::fs::rename(self.0.join("platform-pulled"), self.0.join("platform")).is_ok()
    }

    /// The names of all containers.
    pub(crate) fn containers(&self) -> Vec<String> {
        let dir = std::fs::read_dir(self.0.join("containers")).expect("a directory of containers");
        let names = dir.flatten().map(|entry| entry.file_name());
        names.map(|name| name.to_string_lossy().into_owned()).collect()
    }

    /// Makes an image of `built`, if that is there; returns its id.
    pub(crate) fn build(&self) -> Option<&'static str> {
        let program = std::fs::read_link(self.0.join("built")).ok()?;
        std::os::unix::fs::symlink(program, self.image(BUILT)).ok()?;
        Some(BUILT)
    }

    /// The directory of a container.
    pub(crate) fn container(&self, name: &str) -> PathBuf {
        self.0.join("containers").join(name)
    }

    /// Makes the directory of a new container; `false` where the name is taken.
    pub(crate) fn claim(&self, name: &str) -> bool {
        std::fs::create_dir(self.container(name)).is_ok()
    }
}

fn hex(reference: &str) -> &Path {
    Path::new(reference.rsplit(':').next().unwrap_or(reference))
}
