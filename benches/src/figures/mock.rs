use std::process::Command;

use crate::bench::{Bench, Run};
use crate::documents::SMALL;
use crate::figure::Measured;
use crate::result::Result;
use crate::{peak, wall};

pub(super) fn wall(bench: &Bench) -> Result<Measured> {
    let llm = bench.install("llm-litellm")?;
    let empty = bench.install("empty")?;
    let inputs = bench.write("inputs.json", SMALL.as_bytes())?;
    let [run, nothing] = wall::medians(1_000, |round, is_first| {
        wall::of(if is_first {
            Run::new(&llm, &inputs).command(bench, round)
        } else {
            Command::new(&empty)
        })
    })?;
    Ok(Measured {
        value: run.as_secs_f64() / nothing.as_secs_f64(),
        detail: format!("{} against {} µs", run.as_micros(), nothing.as_micros()),
    })
}

pub(super) fn memory(bench: &Bench) -> Result<Measured> {
    let llm = bench.install("llm-litellm")?;
    let inputs = bench.write("inputs.json", SMALL.as_bytes())?;
    let kib = peak::largest(9, |round| Run::new(&llm, &inputs).command(bench, round))?;
    Ok(peak::measured(kib))
}
