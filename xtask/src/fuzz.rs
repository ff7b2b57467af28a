//! Runs the fuzz targets of `fuzz/`.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::thread;

use anyhow::{Context as _, Result, bail};

use crate::outcome::Outcome;
use crate::shell::Shell;

/// How long each target runs by default.
pub(crate) const SECONDS: u32 = 60;

/// No sanitizer: nothing here is unsafe, and without one the stable toolchain does.
const BUILD: &str = "cargo fuzz build --sanitizer none";

/// Builds every target and runs each for `seconds`, as many at once as there are cores.
///
/// # Errors
///
/// When a target finds a failing input, which it leaves in `fuzz/artifacts/`.
pub(crate) fn run(shell: &Shell, seconds: u32) -> Result<Outcome> {
    if !shell.has("cargo-fuzz") || !shell.has("c++") {
        return Ok(Outcome::Skipped(
            "cargo-fuzz or a C++ compiler is not installed".to_owned(),
        ));
    }
    shell.run(BUILD)?;
    let targets = shell.output("cargo fuzz list").context("cargo fuzz list fails")?;
    let targets: Vec<&str> = targets.lines().collect();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut failed = Vec::new();
    for together in targets.chunks(cores) {
        let started = together.iter().map(|target| Run::start(shell, target, seconds));
        for run in started.collect::<Result<Vec<_>>>()? {
            let target = run.target;
            if !run.finish()? {
                failed.push(target);
            }
        }
    }
    if !failed.is_empty() {
        bail!("failing inputs in fuzz/artifacts/: {}", failed.join(", "));
    }
    Ok(Outcome::Passed)
}

/// A target that runs.
struct Run<'a> {
    target: &'a str,
    child: Child,
    log: PathBuf,
}

impl<'a> Run<'a> {
    /// What the target finds worth keeping goes to `fuzz/target/`, so the corpus stays as it is committed.
    fn start(shell: &Shell, target: &'a str, seconds: u32) -> Result<Self> {
        let found = shell.root.join("fuzz/target/found").join(target);
        fs::create_dir_all(&found)?;
        let log = found.with_extension("log");
        let line = format!(
            "cargo fuzz run --sanitizer none {target} fuzz/target/found/{target} fuzz/corpus/{target} -- \
             -max_total_time={seconds} -timeout=10 -print_final_stats=1"
        );
        println!("$ {line}");
        let file = File::create(&log)?;
        let child = shell
            .command(&line)
            .stdout(file.try_clone()?)
            .stderr(file)
            .stdin(Stdio::null())
            .spawn()?;
        Ok(Self { target, child, log })
    }

    /// Waits, and prints how many cases ran; all of the log if one failed. Returns whether none did.
    fn finish(mut self) -> Result<bool> {
        let status = self.child.wait()?;
        let log = String::from_utf8_lossy(&fs::read(&self.log)?).into_owned();
        let summary = log
            .lines()
            .rfind(|line| line.starts_with("Done "))
            .unwrap_or("stopped early");
        println!("{}: {summary}", self.target);
        if !status.success() {
            print!("{log}");
        }
        Ok(status.success())
    }
}
