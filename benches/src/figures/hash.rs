use crate::Result;
use crate::bench::{Bench, Run};
use crate::documents::{SMALL, four_megabytes};
use crate::figure::Measured;
use crate::wall;

pub(super) fn rate(bench: &Bench) -> Result<Measured> {
    let llm = bench.install("llm-litellm")?;
    let document = four_megabytes();
    let large = bench.write("4-mb.json", document.as_bytes())?;
    let small = bench.write("inputs.json", SMALL.as_bytes())?;
    let [with, without] = wall::medians(100, |round, is_first| {
        let inputs = if is_first { &large } else { &small };
        wall::of(Run::new(&llm, inputs).command(bench, 2 * round + usize::from(is_first)))
    })?;
    let seconds = with.as_secs_f64() - without.as_secs_f64();
    Ok(Measured {
        value: document.len() as f64 / 1e6 / seconds,
        detail: format!("{} bytes in {:.1} ms", document.len(), seconds * 1e3),
    })
}
