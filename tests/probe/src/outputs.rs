//! Outputs that are held in memory.

use runtime::{ErrorCode, OutputItem, ProcessorError, ProcessorOutput, ProcessorResult};
use serde_json::Value;

use crate::request::Request;

pub(crate) const INFO: &str = "test_probe:v1";

/// The size of an output whose request names none, in bytes.
const SIZE: u64 = 1000;

/// A text, a JSON document and bytes, each of this size.
fn three(size: u64) -> ProcessorOutput {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let mut json = vec![b'x'; size];
    if let [first, .., last] = json.as_mut_slice() {
        (*first, *last) = (b'"', b'"');
    }
    let mut output = ProcessorOutput::new(INFO)
        .with_output(OutputItem::bytes("outputs/a.txt", "text/plain", vec![b'a'; size]))
        .with_output(OutputItem::bytes("outputs/b/c.json", "application/json", json))
        .with_output(OutputItem::bytes(
            "outputs/z.bin",
            "application/octet-stream",
            noise(size),
        ));
    output.usage.insert("units".into(), 3.0);
    output.extra.insert("k".into(), "v".into());
    output
}

/// As many small outputs as requested.
pub(crate) fn many(count: u64) -> ProcessorOutput {
    (0..count).fold(ProcessorOutput::new(INFO), |output, number| {
        output.with_output(OutputItem::bytes(
            format!("outputs/{number:05}.txt"),
            "text/plain",
            number.to_string(),
        ))
    })
}

/// The outputs of `params.outputs`, however wrong they are.
pub(crate) fn listed(request: &Request<'_>) -> ProcessorResult {
    let items = request.get("outputs").and_then(Value::as_array);
    let items = items.ok_or_else(|| wrong("/params/outputs has to be a list"))?;
    let mut output = ProcessorOutput::new(INFO);
    for item in items {
        let field = |name: &str| item.get(name).and_then(Value::as_str);
        let relpath = field("relpath").ok_or_else(|| wrong("an output has no relpath"))?;
        let mime = field("mime").unwrap_or("text/plain");
        output.outputs.push(OutputItem::bytes(
            relpath,
            mime,
            field("text").unwrap_or_default(),
        ));
    }
    Ok(output)
}

/// Bytes of every value that no file system can store as a hole, always the same ones.
pub(crate) fn noise(size: usize) -> Vec<u8> {
    let mut state: u32 = 1;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..size).map(|_| next()).collect()
}

fn wrong(what: &str) -> ProcessorError {
    ProcessorError::new(ErrorCode::Inputs, what)
}

/// The outputs of a good provider.
pub(crate) fn ok(request: &Request<'_>) -> ProcessorOutput {
    let mut output = three(request.number("size").unwrap_or(SIZE));
    let usage = request.get("usage").and_then(Value::as_object);
    for (name, number) in usage.into_iter().flatten() {
        output
            .usage
            .insert(name.clone(), number.as_f64().unwrap_or_default());
    }
    output
}
