use std::fs;
use std::path::Path;
use std::process::Command;

use crate::bench::Bench;
use crate::figure::Measured;
use crate::result::Result;
use crate::{peak, wall};

const EXECUTIONS: u64 = 100_000;

pub(super) fn wall(bench: &Bench) -> Result<Measured> {
    let counterfoil = bench.install("counterfoil")?;
    make(bench)?;
    let took = wall::median_of(9, || ls(&counterfoil, bench))?;
    Ok(Measured {
        value: took.as_secs_f64(),
        detail: format!("{} ms", took.as_millis()),
    })
}

pub(super) fn memory(bench: &Bench) -> Result<Measured> {
    let counterfoil = bench.install("counterfoil")?;
    make(bench)?;
    let kib = peak::largest(3, |_| ls(&counterfoil, bench))?;
    Ok(peak::measured(kib))
}

fn ls(counterfoil: &Path, bench: &Bench) -> Command {
    let mut command = Command::new(counterfoil);
    command
        .env_clear()
        .args(["ls", "--artifacts-dir"])
        .arg(bench.path("artifacts"));
    command
}

/// One execution every second, with a UUIDv7 each, a tenth of them failures.
fn make(bench: &Bench) -> Result<()> {
    let executions = bench.path("artifacts").join("execution");
    let start = 1_767_225_600; // 2026-01-01
    for number in 0..EXECUTIONS {
        let ms = (start + number) * 1_000;
        let id = format!(
            "{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}",
            ms >> 16,
            ms & 0xffff,
            number & 0xfff,
            0x8000 | (number & 0x3fff),
            number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16
        );
        let (day, second) = (number / 86_400, number % 86_400);
        let time = format!(
            "2026-01-{:02}T{:02}:{:02}:{:02}Z",
            day + 1,
            second / 3_600,
            second / 60 % 60,
            second % 60
        );
        let dir = executions.join(&id);
        fs::create_dir_all(&dir)?;
        let receipt = receipt(&id, &time, number);
        fs::write(dir.join("determinism.json"), &receipt)?;
        let prefix = bench.path("artifacts").join("outputs/demo").join(&id);
        fs::create_dir_all(&prefix)?;
        fs::write(prefix.join("receipt.json"), receipt)?;
    }
    Ok(())
}

fn receipt(id: &str, time: &str, number: u64) -> String {
    let digest = format!("{number:064x}");
    let duration = number % 10_000;
    let start = format!(
        r#"{{"duration_ms":{duration},"env_fingerprint":"cpu:1;image:ghcr.io/o/r/llm-litellm@sha256:{digest};memory:2Gi","#
    );
    let end = format!(
        r#""execution_id":"{id}","hash_schema":"jcs-sha256-v1","image_digest":"ghcr.io/o/r/llm-litellm@sha256:{digest}","inputs_hash":"{digest}","mode":"mock","#
    );
    let outcome = match number % 10 {
        0 => format!(
            r#""error":{{"code":"ERR_TIMEOUT","message":"it took longer than 60 seconds"}},{end}"processor_ref":"llm/litellm@1","status":"error","timestamp_utc":"{time}"}}"#
        ),
        _ => format!(
            r#"{end}"outputs_index":"world://artifacts/outputs/demo/{id}/outputs.json","outputs_index_sha256":"{digest}","processor_info":"llm_litellm:v1","processor_ref":"llm/litellm@1","status":"success","timestamp_utc":"{time}","usage":{{"completion_tokens":12,"prompt_tokens":8}}}}"#
        ),
    };
    start + &outcome
}
