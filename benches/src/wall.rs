//! Wall time of processes.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::result::Result;

/// How long a command takes from its start to its end; it has to succeed.
pub(crate) fn of(mut command: Command) -> Result<Duration> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let started = Instant::now();
    let status = command.status();
    let took = started.elapsed();
    match status {
        Ok(status) if status.success() => Ok(took),
        Ok(status) => Err(format!("{:?} ended with {status}", command.get_program()).into()),
        Err(error) => Err(format!("{:?} does not start: {error}", command.get_program()).into()),
    }
}

/// How long a command takes from its start to the line of its stderr that holds this text; it has to succeed.
pub(crate) fn until(mut command: Command, text: &str) -> Result<Duration> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let started = Instant::now();
    let mut child = command.spawn()?;
    let mut took = None;
    for line in child
        .stderr
        .take()
        .map(BufReader::new)
        .into_iter()
        .flat_map(BufRead::lines)
    {
        if line?.contains(text) {
            took.get_or_insert(started.elapsed());
        }
    }
    match child.wait()? {
        status if status.success() => took.ok_or_else(|| format!("there is no line with {text}").into()),
        status => Err(format!("{:?} ended with {status}", command.get_program()).into()),
    }
}

/// The median of one thing.
pub(crate) fn median_of(rounds: usize, mut command: impl FnMut() -> Command) -> Result<Duration> {
    let times = (0..rounds).map(|_| of(command())).collect::<Result<_>>()?;
    Ok(median(times))
}

/// The medians of two things that are timed in turn; `time` gets the round and whether it is the first one's turn.
pub(crate) fn medians(
    rounds: usize,
    mut time: impl FnMut(usize, bool) -> Result<Duration>,
) -> Result<[Duration; 2]> {
    let mut first = Vec::with_capacity(rounds);
    let mut second = Vec::with_capacity(rounds);
    for round in 0..rounds {
        first.push(time(round, true)?);
        second.push(time(round, false)?);
    }
    Ok([median(first), median(second)])
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
