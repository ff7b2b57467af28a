//! A processor's reply, believed only as far as the artifacts say the same.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use documents::envelope::Envelope;
use documents::inputs::HASH_SCHEMA;
use documents::receipt::{Receipt, Status};
use documents::{ErrorCode, is_code};
use store::local::Dir;
use store::receipts;
use store::verify;

use super::record;
use crate::adapter::{End, Reply};
use crate::call::{Call, Outcome};
use crate::error::Error;
use crate::paths;

/// Checks what a processor left and said; unless the execution had succeeded before, its receipt has to name this image.
///
/// Fails with `ERR_ADAPTER_INVOCATION` and the end of its stderr where it crashed, said nothing, or said what is not so;
/// with `ERR_TIMEOUT` and `ERR_CANCELLED` where it had to be killed.
pub(super) fn check(
    reply: Reply,
    call: &Call,
    image: &str,
    had_succeeded: bool,
    took: Duration,
) -> Result<Outcome, Error> {
    match reply.end {
        End::TimedOut => return Err(Error::timed_out()),
        End::Cancelled(signal) => return Err(Error::cancelled(signal)),
        End::Endless => return Err(not_believed("answered without end", &reply, call)),
        End::Exited(_) | End::Crashed => {}
    }
    let expected = (!had_succeeded).then_some(image);
    let (envelope, Believed { exit_status, usage }) = read(&reply)
        .and_then(|envelope| compare(&envelope, &reply, call, expected).map(|believed| (envelope, believed)))
        .map_err(|what| not_believed(&what, &reply, call))?;
    Ok(match envelope {
        Envelope::Error { error, .. } => record::confirm(call, image, error, exit_status, took),
        Envelope::Success { .. } => Outcome {
            envelope,
            exit_status,
            usage: usage.filter(|_| !had_succeeded), // else it was used up then, and not again
        },
    })
}

/// The envelope of an earlier success of the same call: same processor, same inputs, both receipts in the same places.
///
/// The outputs are not read again: `counterfoil verify` does that.
pub(crate) fn earlier_success(call: &Call) -> Option<Envelope> {
    let receipt = receipt(call).ok()?;
    is_of(&receipt, call, None).ok()?;
    let root = Dir::open(&call.artifacts).ok()?;
    let indexed = verify::index(&root, &receipt).ok()?;
    Some(Envelope::success(&receipt, indexed))
}

fn not_believed(what: &str, reply: &Reply, call: &Call) -> Error {
    tracing::warn!(stderr = reply.stderr, "answer_not_believed"); // the log may hold paths of this machine
    let tail = paths::masked(&call.with_artifacts_named(&reply.stderr));
    let tail = if tail.is_empty() {
        "its stderr says nothing".to_owned()
    } else {
        format!("its stderr ends: {tail}")
    };
    Error::new(
        ErrorCode::AdapterInvocation,
        format!("the processor {} {what}; {tail}", call.entry.processor_ref),
    )
}

/// Reads the one line.
fn read(reply: &Reply) -> Result<Envelope, String> {
    let how = &reply.description;
    if reply.stdout.is_empty() {
        return Err(format!("ended with {how} and no answer"));
    }
    if matches!(reply.end, End::Crashed) {
        return Err(format!("ended with {how} after its answer"));
    }
    let line = reply.stdout.strip_suffix(b"\n").unwrap_or(&reply.stdout);
    serde_json::from_slice(line)
        .ok()
        .filter(|_| !line.contains(&b'\n'))
        .ok_or_else(|| format!("ended with {how} and an answer that is not one envelope"))
}

/// What goes with an answer that is believed.
struct Believed {
    exit_status: u8,
    usage: Option<BTreeMap<String, f64>>,
}

/// Compares what was said with the artifacts.
fn compare(envelope: &Envelope, reply: &Reply, call: &Call, image: Option<&str>) -> Result<Believed, String> {
    let status = match reply.end {
        End::Exited(status) => u8::try_from(status).ok(),
        _ => None,
    };
    let (Envelope::Error { execution_id, .. } | Envelope::Success { execution_id, .. }) = envelope;
    if execution_id != call.execution_id.as_str() {
        return Err("answered for another execution".into());
    }
    if let Envelope::Error { error, .. } = envelope {
        return match status {
            _ if !is_code(&error.code) => Err("answered with an error that has no code".into()),
            Some(0) => Err("answered with an error, but ended with exit status 0".into()),
            status => Ok(Believed {
                exit_status: status.unwrap_or(ErrorCode::AdapterInvocation.exit_status()),
                usage: None,
            }),
        };
    }
    if status != Some(0) {
        return Err("answered with success, but did not end with exit status 0".into());
    }
    let receipt = receipt(call)?;
    is_of(&receipt, call, image)?;
    let root = Dir::open(&call.artifacts).map_err(|error| format!("left no artifacts: {error}"))?;
    let indexed = verify::success(&root, &receipt).map_err(|fault| format!("claims success, but {fault}"))?;
    if *envelope != Envelope::success(&receipt, indexed) {
        return Err("answered with an envelope that its receipt and index do not bear out".into());
    }
    Ok(Believed {
        exit_status: 0,
        usage: receipt.usage,
    })
}

/// The receipt, of which there have to be two copies.
fn receipt(call: &Call) -> Result<Receipt, String> {
    let [local, global] = match Dir::open(&call.artifacts) {
        Ok(root) => receipts(&root, &call.prefix, &call.execution_id)
            .map_err(|error| format!("left a receipt that {error}"))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => [None, None],
        Err(error) => return Err(format!("left receipts that cannot be read: {error}")),
    };
    match (local, global) {
        (Some(local), Some(global)) if local == global => {
            serde_json::from_slice(&local).map_err(|_| "left a receipt that is none".into())
        }
        (Some(_), Some(_)) => Err("left two receipts that differ".into()),
        (None, _) | (_, None) => Err("claims success, but a receipt is missing".into()),
    }
}

/// Whether a receipt is of this call.
fn is_of(receipt: &Receipt, call: &Call, image: Option<&str>) -> Result<(), String> {
    let index = call.prefix.path(documents::layout::INDEX).ok();
    let index = index.as_ref().map(documents::WorldPath::as_str);
    let hashes = call.hashes.as_ref();
    let wrong = match receipt {
        _ if receipt.status != Status::Success => "status",
        _ if receipt.execution_id != call.execution_id.as_str() => "execution_id",
        _ if receipt.processor_ref != call.entry.processor_ref.as_str() => "processor_ref",
        _ if receipt.inputs_hash.as_ref() != hashes.map(|hashes| &hashes.inputs_hash) => "inputs_hash",
        _ if !receipt.has_inputs(hashes) => "inputs_sha256",
        _ if receipt.hash_schema != HASH_SCHEMA => "hash_schema",
        _ if receipt.mode != Some(call.mode) => "mode",
        _ if receipt.outputs_index.as_deref() != index => "outputs_index",
        _ if image.is_some_and(|image| receipt.image_digest != image) => "image_digest",
        _ if image.is_some() && receipt.env_fingerprint != call.fingerprint(image) => "env_fingerprint",
        _ => return Ok(()),
    };
    Err(format!(
        "claims success, but its receipt has another {wrong} than was asked for"
    ))
}
