use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bench::{Bench, Orchestrated, Run};
use crate::documents::SMALL;
use crate::figure::Measured;
use crate::result::Result;
use crate::{peak, wall};

/// How many runs a batch has.
const RUNS: usize = 2_000;
/// How many go on at once.
const JOBS: &str = "2";
/// How many lines show whether memory grows with them.
const MANY_LINES: usize = 1_000_000;
const FEW_LINES: usize = 1_000;

/// A prefix that no execution fits into: 1,024 bytes are allowed. So a line is read, checked, hashed and answered, and
/// leaves nothing on the disk, where a million of them would not fit.
const FULL_PREFIX: usize = 1_000;

pub(super) fn wall(bench: &Bench) -> Result<Measured> {
    let orchestrated = Orchestrated::install(bench)?;
    let inputs = bench.write("inputs.json", SMALL.as_bytes())?;
    let lines = lines(bench, RUNS)?;
    let [batch, bare] = wall::medians(5, |round, is_first| {
        let command = if is_first {
            batch(&orchestrated, bench, &lines)
        } else {
            let ids = (0..RUNS).fold(String::new(), |mut ids, number| {
                let _ = writeln!(ids, "bare-{round}-{number}"); // into memory
                ids
            });
            xargs(
                &orchestrated,
                bench,
                &inputs,
                &bench.write("ids", ids.as_bytes())?,
            )
        };
        let took = wall::of(command)?;
        bench.remove_artifacts()?;
        Ok(took)
    })?;
    Ok(Measured {
        value: batch.as_secs_f64() / bare.as_secs_f64(),
        detail: format!("{} against {} ms", batch.as_millis(), bare.as_millis()),
    })
}

pub(super) fn memory(bench: &Bench) -> Result<Measured> {
    let orchestrated = Orchestrated::install(bench)?;
    let (few, many) = (lines(bench, FEW_LINES)?, lines(bench, MANY_LINES)?);
    let prefix = format!(
        "/artifacts/{{execution_id}}/{}/",
        ["x"; FULL_PREFIX / 2].join("/")
    );
    let refused = |lines: &Path| {
        peak::largest_of_failing(1, |_| {
            let mut command = batch(&orchestrated, bench, lines);
            command.args(["--write-prefix", &prefix]);
            command
        })
    };
    let (few, many) = (refused(&few)?, refused(&many)?);
    Ok(Measured {
        value: (many as f64 - few as f64) / 1024.0,
        detail: format!("{many} KiB, and {few} KiB for {FEW_LINES}"),
    })
}

fn lines(bench: &Bench, count: usize) -> Result<PathBuf> {
    bench.write(
        &format!("{count}.jsonl"),
        format!("{SMALL}\n").repeat(count).as_bytes(),
    )
}

fn batch(orchestrated: &Orchestrated, bench: &Bench, lines: &Path) -> Command {
    let mut command = orchestrated.command(bench);
    command
        .args(["--mode", "mock", "--jobs", JOBS, "--batch"])
        .arg(lines);
    command
}

/// What a script would do: each call has an execution id of its own.
fn xargs(orchestrated: &Orchestrated, bench: &Bench, inputs: &Path, ids: &Path) -> Command {
    let run = Run::new(orchestrated.processor(), inputs).command_of(bench, "{}");
    let mut command = Command::new("xargs");
    command
        .env_clear()
        .envs(run.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .args(["--arg-file"])
        .arg(ids)
        .args(["--max-procs", JOBS, "--replace={}"])
        .arg(run.get_program())
        .args(run.get_args());
    command
}
