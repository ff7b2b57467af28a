use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::bench::{Bench, Run};
use crate::documents::LARGE;
use crate::figure::Measured;
use crate::result::Result;
use crate::{peak, wall};

pub(super) fn wall(bench: &Bench) -> Result<Measured> {
    let probe = bench.install("probe")?;
    let inputs = bench.write("large.json", LARGE.as_bytes())?;
    let copy = bench.path("copy");
    let [run, tools] = wall::medians(5, |round, is_first| {
        if is_first {
            let whole = wall::of(Run::new(&probe, &inputs).command(bench, round))?;
            let runner = Duration::from_millis(duration_ms(&bench.prefix(round).join("receipt.json"))?);
            Ok(whole.saturating_sub(runner))
        } else {
            let output = the_output(&bench.prefix(round).join("outputs"))?;
            let mut digest = Command::new("openssl");
            digest.args(["dgst", "-sha256"]).arg(&output);
            let mut cp = Command::new("cp");
            cp.arg(&output).arg(&copy);
            let both = wall::of(digest)? + wall::of(cp)?;
            std::fs::remove_file(&copy)?;
            bench.remove_artifacts()?;
            Ok(both)
        }
    })?;
    Ok(Measured {
        value: run.as_secs_f64() / tools.as_secs_f64(),
        detail: format!("{} against {} ms", run.as_millis(), tools.as_millis()),
    })
}

pub(super) fn memory(bench: &Bench) -> Result<Measured> {
    let probe = bench.install("probe")?;
    let inputs = bench.write("large.json", LARGE.as_bytes())?;
    let kib = peak::largest(1, |round| Run::new(&probe, &inputs).command(bench, round))?;
    bench.remove_artifacts()?;
    Ok(peak::measured(kib))
}

fn duration_ms(receipt: &Path) -> Result<u64> {
    let receipt: Value = serde_json::from_slice(&std::fs::read(receipt)?)?;
    let duration = receipt.get("duration_ms").and_then(Value::as_u64);
    duration.ok_or_else(|| "the receipt has no duration_ms".into())
}

pub(super) fn the_output(dir: &Path) -> Result<std::path::PathBuf> {
    let entry = std::fs::read_dir(dir)?
        .next()
        .ok_or("the probe gave no output")??;
    match entry.metadata()?.len() {
        1_073_741_824 => Ok(entry.path()),
        bytes => Err(format!("the probe gave an output of {bytes} bytes").into()),
    }
}
