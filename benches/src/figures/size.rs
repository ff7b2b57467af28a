use crate::bench::Bench;
use crate::figure::Measured;
use crate::result::Result;

pub(super) fn of_llm(bench: &Bench) -> Result<Measured> {
    of(bench, "llm-litellm")
}

pub(super) fn of_replicate(bench: &Bench) -> Result<Measured> {
    of(bench, "replicate-generic")
}

fn of(bench: &Bench, program: &str) -> Result<Measured> {
    let bytes = std::fs::metadata(bench.install(program)?)?.len();
    Ok(Measured {
        value: bytes as f64 / f64::from(1 << 20),
        detail: format!("{bytes} bytes"),
    })
}
