use std::process::Command;

use super::large::the_output;
use crate::bench::{Bench, Run};
use crate::documents::LARGE;
use crate::figure::Measured;
use crate::result::Result;
use crate::wall;

pub(super) fn wall(bench: &Bench) -> Result<Measured> {
    let probe = bench.install("probe")?;
    let counterfoil = bench.install("counterfoil")?;
    let inputs = bench.write("large.json", LARGE.as_bytes())?;
    wall::of(Run::new(&probe, &inputs).command(bench, 0))?;
    let prefix = bench.prefix(0);
    let output = the_output(&prefix.join("outputs"))?;
    let [verify, openssl] = wall::medians(9, |_, is_first| {
        let mut command;
        if is_first {
            command = Command::new(&counterfoil);
            command.arg("verify").arg(&prefix);
        } else {
            command = Command::new("openssl");
            command.args(["dgst", "-sha256"]).arg(&output);
        }
        wall::of(command)
    })?;
    Ok(Measured {
        value: verify.as_secs_f64() / openssl.as_secs_f64(),
        detail: format!("{} against {} ms", verify.as_millis(), openssl.as_millis()),
    })
}
