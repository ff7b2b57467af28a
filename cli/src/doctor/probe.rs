//! Programs of this machine: where they are, and whether they answer.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::environment::Environment;
use crate::find_program;

/// A daemon that is up answers within milliseconds.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(5);

/// A version is a line; more is not read.
const LONGEST_VERSION: usize = 100;

/// A program that may be installed.
#[derive(Debug)]
pub(super) struct Probe {
    pub(super) name: &'static str,
    pub(super) path: Option<PathBuf>,
    child: Option<Child>,
    started: Instant,
}

impl Probe {
    /// Looks for a program on `PATH` and starts it, without waiting for its answer.
    pub(super) fn start(name: &'static str, arguments: &[&str], environment: &Environment) -> Self {
        let path = find_program::on_path(name, environment);
        let child = path
            .as_deref()
            .and_then(|path| spawn(path, arguments, environment));
        Self {
            name,
            path,
            child,
            started: Instant::now(),
        }
    }

    /// The first line of its answer; `None` when it fails, says nothing, or takes too long.
    pub(super) fn answer(&mut self) -> Option<String> {
        let mut child = self.child.take()?;
        loop {
            match child.try_wait() {
                Ok(Some(status)) if status.success() => break,
                Ok(None) if self.started.elapsed() < PATIENCE => std::thread::sleep(PAUSE),
                _ => {
                    let _ = child.kill(); // it may have ended by itself
                    let _ = child.wait();
                    return None;
                }
            }
        }
        let mut answer = vec![0; LONGEST_VERSION];
        let length = child.stdout.take()?.read(&mut answer).ok()?;
        let text = String::from_utf8_lossy(answer.get(..length)?);
        let line = text.lines().next()?.trim();
        let is_version = !line.is_empty() && !line.contains(char::is_control);
        is_version.then(|| line.to_owned())
    }
}

fn spawn(path: &Path, arguments: &[&str], environment: &Environment) -> Option<Child> {
    environment
        .command(path)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()
}
