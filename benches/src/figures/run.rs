use std::time::Duration;

use crate::bench::{Bench, Orchestrated, Run};
use crate::documents::SMALL;
use crate::figure::Measured;
use crate::result::Result;
use crate::wall;

/// A file has to be this old for its digest to be kept.
const SETTLES: Duration = Duration::from_secs(3);

pub(super) fn wall(bench: &Bench) -> Result<Measured> {
    let orchestrated = Orchestrated::install(bench)?;
    let inputs = bench.write("inputs.json", SMALL.as_bytes())?;
    let run = |id: &str| {
        let mut command = orchestrated.command(bench);
        command
            .args(["--mode", "mock", "--json", "--execution-id", id, "--inputs"])
            .arg(&inputs);
        command
    };
    std::thread::sleep(SETTLES);
    wall::of(run("warm"))?; // from here on the digest of the processor is known
    let [orchestrated, alone] = wall::medians(500, |round, is_first| {
        wall::of(if is_first {
            run(&format!("orchestrated-{round}"))
        } else {
            Run::new(orchestrated.processor(), &inputs).command(bench, round)
        })
    })?;
    Ok(Measured {
        value: orchestrated.as_secs_f64() / alone.as_secs_f64(),
        detail: format!("{} against {} µs", orchestrated.as_micros(), alone.as_micros()),
    })
}
