use crate::Result;
use crate::bench::Bench;
use crate::figure::Measured;

pub(super) fn size(bench: &Bench) -> Result<Measured> {
    let bytes = std::fs::metadata(bench.install("llm-litellm")?)?.len();
    Ok(Measured {
        value: bytes as f64 / f64::from(1 << 20),
        detail: format!("{bytes} bytes"),
    })
}
