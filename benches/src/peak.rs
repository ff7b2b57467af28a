//! Peak memory of processes, by GNU time.
//!
//! The kernel counts what a process had before `exec` as its own; GNU time is small enough (under 2 MiB) for that not to
//! matter, and the bench is not.

use std::process::{Command, Stdio};

use crate::figure::Measured;
use crate::result::Result;

/// The largest resident set of this many runs, in KiB.
pub(crate) fn largest(rounds: usize, mut command: impl FnMut(usize) -> Command) -> Result<u64> {
    let mut largest = 0;
    for round in 0..rounds {
        largest = largest.max(of(&command(round), 0)?);
    }
    Ok(largest)
}

/// The same for commands whose work is to refuse: they have to end with exit status 1.
pub(crate) fn largest_of_failing(rounds: usize, mut command: impl FnMut(usize) -> Command) -> Result<u64> {
    let mut largest = 0;
    for round in 0..rounds {
        largest = largest.max(of(&command(round), 1)?);
    }
    Ok(largest)
}

pub(crate) fn measured(kib: u64) -> Measured {
    Measured {
        value: kib as f64 / 1024.0,
        detail: format!("{kib} KiB"),
    }
}

fn of(command: &Command, expected: i32) -> Result<u64> {
    let report = tempfile::NamedTempFile::new()?;
    let mut time = Command::new("/usr/bin/time");
    time.args(["--format", "%M", "--output"])
        .arg(report.path())
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let status = time
        .status()
        .map_err(|error| format!("GNU time does not start: {error}"))?;
    if status.code() != Some(expected) {
        return Err(format!("{:?} ended with {status}", command.get_program()).into());
    }
    // a line before it reports a failure
    let report = std::fs::read_to_string(report.path())?;
    Ok(report.lines().last().unwrap_or_default().parse()?)
}
