use std::path::Path;
use std::process::Command;

use crate::bench::{Bench, Run};
use crate::documents::{REAL, REQUEST};
use crate::figure::Measured;
use crate::result::Result;
use crate::service;
use crate::{peak, wall};

/// Looks like a key; nobody checks it.
const KEY: &str = "sk-of-no-use-to-anybody";

pub(super) fn wall(bench: &Bench) -> Result<Measured> {
    let service = service::chat();
    let url = service.url("/v1");
    let llm = bench.install("llm-litellm")?;
    let inputs = bench.write("real.json", REAL.as_bytes())?;
    let request = bench.write("request.json", REQUEST.as_bytes())?;
    let [ours, curl] = wall::medians(200, |round, is_first| {
        wall::of(if is_first {
            run(&llm, &inputs, &url).command(bench, round)
        } else {
            curl(&url, &request, &bench.path("answer.json"))
        })
    })?;
    Ok(Measured {
        value: (ours.as_secs_f64() - curl.as_secs_f64()) * 1e3,
        detail: format!("{} against {} µs", ours.as_micros(), curl.as_micros()),
    })
}

pub(super) fn memory(bench: &Bench) -> Result<Measured> {
    let service = service::chat();
    let url = service.url("/v1");
    let llm = bench.install("llm-litellm")?;
    let inputs = bench.write("real.json", REAL.as_bytes())?;
    let kib = peak::largest(9, |round| run(&llm, &inputs, &url).command(bench, round))?;
    Ok(peak::measured(kib))
}

/// The processor's run of a request to the service at this address.
pub(super) fn run(llm: &Path, inputs: &Path, url: &str) -> Run {
    Run::new(llm, inputs)
        .env("OPENAI_API_KEY", KEY)
        .env("OPENAI_BASE_URL", url)
}

/// The same by `curl`.
pub(super) fn curl(url: &str, request: &Path, answer: &Path) -> Command {
    let mut command = Command::new("curl");
    command
        .args(["--disable", "--silent", "--fail", "--noproxy", "*"])
        .args(["--header", "content-type: application/json"])
        .args(["--header", &format!("authorization: Bearer {KEY}")])
        .arg("--data-binary")
        .arg(format!("@{}", request.display()))
        .arg("--output")
        .arg(answer)
        .arg(format!("{url}/chat/completions"));
    command
}
