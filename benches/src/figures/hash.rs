use crate::bench::{Bench, Run};
use crate::documents::{SMALL, chat, records};
use crate::figure::Measured;
use crate::result::Result;
use crate::wall;

/// The event that has the hash.
const HASHED: &str = "\"inputs_read\"";

pub(super) fn of_chat(bench: &Bench) -> Result<Measured> {
    rate(bench, &chat())
}

pub(super) fn of_records(bench: &Bench) -> Result<Measured> {
    rate(bench, &records())
}

fn rate(bench: &Bench, document: &str) -> Result<Measured> {
    let llm = bench.install("llm-litellm")?;
    let large = bench.write("4-mb.json", document.as_bytes())?;
    let small = bench.write("inputs.json", SMALL.as_bytes())?;
    let [with, without] = wall::medians(100, |round, is_first| {
        let inputs = if is_first { &large } else { &small };
        let run = Run::new(&llm, inputs).command(bench, 2 * round + usize::from(is_first));
        wall::until(run, HASHED)
    })?;
    let seconds = with.as_secs_f64() - without.as_secs_f64();
    Ok(Measured {
        value: document.len() as f64 / 1e6 / seconds,
        detail: format!("{} bytes in {:.1} ms", document.len(), seconds * 1e3),
    })
}
