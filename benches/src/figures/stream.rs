use crate::bench::Bench;
use crate::documents::{STREAM, STREAM_REQUEST};
use crate::figure::Measured;
use crate::figures::real;
use crate::result::Result;
use crate::service;
use crate::{peak, wall};

const CHUNKS: usize = 200_000;

pub(super) fn wall(bench: &Bench) -> Result<Measured> {
    let service = service::stream(CHUNKS);
    let url = service.url("/v1");
    let llm = bench.install("llm-litellm")?;
    let inputs = bench.write("stream.json", STREAM.as_bytes())?;
    let request = bench.write("request.json", STREAM_REQUEST.as_bytes())?;
    let [run, curl] = wall::medians(9, |round, is_first| {
        if is_first {
            return wall::of(real::run(&llm, &inputs, &url).command(bench, round));
        }
        bench.remove_artifacts()?;
        let mut curl = real::curl(&url, &request, &bench.path("answer.txt"));
        curl.arg("--no-buffer");
        wall::of(curl)
    })?;
    Ok(Measured {
        value: curl.as_secs_f64() / run.as_secs_f64(),
        detail: format!("{} against {} ms", run.as_millis(), curl.as_millis()),
    })
}

pub(super) fn memory(bench: &Bench) -> Result<Measured> {
    let service = service::stream(CHUNKS);
    let url = service.url("/v1");
    let llm = bench.install("llm-litellm")?;
    let inputs = bench.write("stream.json", STREAM.as_bytes())?;
    let kib = peak::largest(3, |round| real::run(&llm, &inputs, &url).command(bench, round))?;
    Ok(peak::measured(kib))
}
