use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Command;

use crate::bench::Bench;
use crate::figure::Measured;
use crate::result::Result;
use crate::{peak, wall};

const LINES: u64 = 100_000;
/// The extensions of the forms that are measured.
const FORMS: [&str; 3] = ["csv", "jsonl", "md"];

pub(super) fn wall(bench: &Bench) -> Result<Measured> {
    let counterfoil = bench.install("counterfoil")?;
    make(bench)?;
    let mut took = Vec::new();
    for form in FORMS {
        let median = wall::median_of(3, || results(&counterfoil, bench, form))?;
        took.push((median, form));
    }
    let detail: Vec<_> = took
        .iter()
        .map(|(took, form)| format!("{form} {} ms", took.as_millis()))
        .collect();
    let slowest = took.iter().max().ok_or("there is no form")?;
    Ok(Measured {
        value: slowest.0.as_secs_f64(),
        detail: detail.join(", "),
    })
}

pub(super) fn memory(bench: &Bench) -> Result<Measured> {
    let counterfoil = bench.install("counterfoil")?;
    make(bench)?;
    let mut largest = 0;
    for form in FORMS {
        largest = largest.max(peak::largest(1, |_| results(&counterfoil, bench, form))?);
    }
    Ok(peak::measured(largest))
}

fn results(counterfoil: &Path, bench: &Bench, form: &str) -> Command {
    let mut command = Command::new(counterfoil);
    command
        .env_clear()
        .args(["results", "nightly", "--artifacts-dir"])
        .arg(bench.path("artifacts"))
        .arg("--out")
        .arg(bench.path(&format!("answers.{form}")));
    command
}

/// A batch of rows that have each been answered with a paragraph, but for every twentieth, which has failed.
fn make(bench: &Bench) -> Result<()> {
    let artifacts = bench.path("artifacts");
    fs::create_dir_all(artifacts.join("batch"))?;
    let mut list = BufWriter::new(File::create(artifacts.join("batch/nightly.lines.jsonl"))?);
    for number in 0..LINES {
        let id = format!("nightly-{:016x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let columns = if number == 0 {
            r#""columns":["id","text"],"#
        } else {
            ""
        };
        let line = number + 2;
        writeln!(
            list,
            r#"{{"line":{line},"execution_id":"{id}","label":"q-{number}",{columns}"row":["q-{number}","What is {number}, and why?"]}}"#
        )?;
        let has_failed = number % 20 == 0;
        let receipt = receipt(&id, number, has_failed);
        let global = artifacts.join("execution").join(&id);
        fs::create_dir_all(&global)?;
        fs::write(global.join("determinism.json"), &receipt)?;
        let prefix = artifacts.join("outputs").join(&id);
        fs::create_dir_all(prefix.join("outputs"))?;
        fs::write(prefix.join("receipt.json"), receipt)?;
        if !has_failed {
            let (response, index) = (response(&id, number), index(&id, number));
            fs::write(prefix.join("outputs/response.json"), response)?;
            fs::write(prefix.join("outputs.json"), index)?;
        }
    }
    list.flush()?;
    Ok(())
}

fn receipt(id: &str, number: u64, has_failed: bool) -> String {
    let digest = format!("{number:064x}");
    let duration = number % 10_000;
    let image = format!("ghcr.io/o/r/llm-litellm@sha256:{digest}");
    let start = format!(r#"{{"duration_ms":{duration},"env_fingerprint":"cpu:1;image:{image};memory:2Gi","#);
    let middle = format!(
        r#""hash_schema":"jcs-sha256-v1","image_digest":"{image}","inputs_hash":"{digest}","inputs_sha256":"{digest}","mode":"real","#
    );
    let end = r#""processor_ref":"llm/litellm@1","#;
    let time = r#""timestamp_utc":"2026-11-24T02:49:57Z""#;
    if has_failed {
        return format!(
            r#"{start}"error":{{"code":"ERR_PROVIDER_RATE_LIMIT","message":"the service asked to wait for longer than the run may take"}},"execution_id":"{id}",{middle}{end}"status":"error",{time}}}"#
        );
    }
    let index = format!("world://artifacts/outputs/{id}/outputs.json");
    let extra = r#""extra":{"finish_reason":"stop","model":"openai/gpt-4o-mini-2024-07-18"},"#;
    let usage = format!(
        r#""usage":{{"completion_tokens":{},"cost_usd":0.0000{},"prompt_tokens":31,"total_tokens":{}}}"#,
        90 + number % 10,
        61 + number % 10,
        121 + number % 10
    );
    format!(
        r#"{start}"execution_id":"{id}",{extra}{middle}"outputs_index":"{index}","outputs_index_sha256":"{digest}","processor_info":"llm_litellm:v1",{end}"status":"success",{time},{usage}}}"#
    )
}

fn response(id: &str, number: u64) -> String {
    let content = format!("{number} is \\\"a number\\\", and numbers are what one counts with.\\n").repeat(8);
    format!(
        r#"{{"id":"{id}","object":"chat.completion","created":1764000000,"model":"gpt-4o-mini-2024-07-18","choices":[{{"index":0,"message":{{"role":"assistant","content":"{content}","refusal":null,"annotations":[]}},"logprobs":null,"finish_reason":"stop"}}],"usage":{{"prompt_tokens":31,"completion_tokens":90,"total_tokens":121}},"system_fingerprint":"fp_0"}}"#
    )
}

fn index(id: &str, number: u64) -> String {
    format!(
        r#"{{"outputs":[{{"cid":"sha256:{number:064x}","mime":"application/json","path":"world://artifacts/outputs/{id}/outputs/response.json","size_bytes":900}}]}}"#
    )
}
