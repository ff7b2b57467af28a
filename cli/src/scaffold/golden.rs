//! What the generated processor leaves in mock mode, in the documents' own types: its golden files.

use std::collections::BTreeMap;

use documents::envelope::Envelope;
use documents::fingerprint::fingerprint;
use documents::hash::sha256;
use documents::inputs;
use documents::inputs::HASH_SCHEMA;
use documents::json;
use documents::outputs::{Index, IndexEntry};
use documents::receipt::{Receipt, Status};
use documents::{ExecutionId, ProcessorRef, WritePrefix};

use super::names::Names;

/// The inputs document of the golden test.
pub(super) const INPUTS: &str = r#"{"model":"owner/name","params":{"prompt":"a lighthouse"}}"#;

/// The run of the golden test, as the test support makes it.
const EXECUTION_ID: &str = "run-1";
const PREFIX: &str = "/artifacts/demo/{execution_id}/";

/// Every file of the golden directory by its path in it.
pub(super) fn files(processor_ref: &ProcessorRef, names: &Names) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let inputs = inputs::parse(INPUTS.as_bytes())?;
    let params = inputs.params.into_map();
    let body = serde_json::json!({"mode": "mock", "model": inputs.model, "params": params}).to_string();

    let prefix = WritePrefix::expand(PREFIX, &ExecutionId::parse(EXECUTION_ID)?)?;
    let index = Index {
        outputs: vec![IndexEntry {
            path: prefix.path("outputs/response.json")?.as_str().to_owned(),
            cid: format!("sha256:{}", sha256(body.as_bytes())),
            size_bytes: body.len() as u64,
            mime: "application/json".into(),
        }],
    };
    let index_bytes = serde_json::to_vec(&index)?;
    let receipt = Receipt {
        execution_id: EXECUTION_ID.into(),
        processor_ref: processor_ref.to_string(),
        image_digest: "unknown".into(),
        env_fingerprint: fingerprint("1", None, "2Gi"), // what a processor takes when nothing is set
        inputs_hash: Some(inputs.hashes.inputs_hash),
        inputs_sha256: Some(inputs.hashes.inputs_sha256),
        hash_schema: HASH_SCHEMA.into(),
        outputs_index: Some(prefix.path("outputs.json")?.as_str().to_owned()),
        outputs_index_sha256: Some(sha256(&index_bytes)),
        processor_info: Some(format!("{}:v{}", names.lib, names.version)),
        usage: Some(BTreeMap::new()),
        timestamp_utc: masked("timestamp_utc"),
        duration_ms: 0,
        mode: Some(inputs.mode),
        status: Status::Success,
        error: None,
        extra: BTreeMap::new(),
        rejected: None,
        plan_id: None,
    };
    let mut receipt_value = serde_json::to_value(&receipt)?;
    if let Some(duration) = receipt_value.pointer_mut("/duration_ms") {
        *duration = masked("duration_ms").into();
    }
    let receipt_bytes = json::to_canonical(&receipt_value)?;
    let envelope = Envelope::success(&receipt, index.outputs)
        .to_line()?
        .replace("\"duration_ms\":0", "\"duration_ms\":\"[duration_ms]\"");
    Ok(vec![
        (format!("demo/{EXECUTION_ID}/outputs.json"), index_bytes),
        (
            format!("demo/{EXECUTION_ID}/outputs/response.json"),
            body.into_bytes(),
        ),
        (format!("demo/{EXECUTION_ID}/receipt.json"), receipt_bytes.clone()),
        (
            format!("execution/{EXECUTION_ID}/determinism.json"),
            receipt_bytes,
        ),
        ("envelope.json".into(), format!("{envelope}\n").into_bytes()),
    ])
}

/// What golden files have in the place of a value that is never the same.
fn masked(field: &str) -> String {
    format!("[{field}]")
}
