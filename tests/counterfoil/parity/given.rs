//! What a run gives, without what differs between two runs of anything.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use support::Finished;

/// Of the documents, what differs between two runs of anything: times, and the image.
const VARIES: [&str; 3] = ["timestamp_utc", "duration_ms", "image_digest"];

/// The result of a run: exit status, envelope, and every file.
#[derive(Debug, PartialEq)]
pub(crate) struct Given {
    status: i32,
    envelope: Value,
    files: BTreeMap<String, Vec<u8>>,
}

/// What is to be the same.
pub(crate) fn given(finished: &Finished) -> Given {
    let mut files = finished.files();
    for (path, bytes) in &mut files {
        if path.ends_with("/receipt.json") || path.ends_with("/determinism.json") {
            let receipt = serde_json::from_slice(bytes).unwrap();
            *bytes = without_what_varies(receipt).to_string().into_bytes();
        }
    }
    Given {
        status: finished.status,
        envelope: without_what_varies(finished.envelope()),
        files,
    }
}

/// The document with what varies masked, and nothing else: a field that is absent stays absent.
fn without_what_varies(mut document: Value) -> Value {
    let image = [&document["meta"], &document]
        .iter()
        .find_map(|at| at["env_fingerprint"].as_str())
        .and_then(|fingerprint| fingerprint.split(';').find(|pair| pair.starts_with("image:")))
        .map(str::to_owned);
    let mut mask = |workspace: &str| {
        let Some(Value::Object(fields)) = document.pointer_mut(workspace) else {
            return;
        };
        for name in VARIES {
            if let Some(field) = fields.get_mut(name).filter(|field| **field != "unknown") {
                *field = json!("[varies]");
            }
        }
        if let (Some(field), Some(image)) = (fields.get_mut("env_fingerprint"), &image) {
            *field = field.as_str().unwrap().replace(image, "image:[varies]").into();
        }
    };
    mask("");
    mask("/meta");
    document
}
