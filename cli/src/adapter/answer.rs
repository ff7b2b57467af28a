//! A processor's answer, believed only as far as the disk says the same.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use documents::envelope::Envelope;
use documents::inputs::HASH_SCHEMA;
use documents::receipt::{Receipt, Status};
use documents::{Error as ProcessorError, ErrorCode, is_code};
use store::local::Dir;
use store::receipts;
use store::verify;

use super::failure;
use super::supervise::{Ended, Killed};
use crate::call::{Call, Outcome};
use crate::paths;

/// Checks what a processor left and said; unless the execution had succeeded before, its receipt has to name this image.
///
/// # Errors
///
/// `ERR_ADAPTER_INVOCATION` with the end of its stderr, where it crashed, said nothing, or said what is not so;
/// `ERR_TIMEOUT` and `ERR_CANCELLED` where it had to be killed.
pub(crate) fn check(
    ended: Ended,
    call: &Call,
    image: &str,
    had_succeeded: bool,
    took: Duration,
) -> Result<Outcome, ProcessorError> {
    match ended.killed {
        Some(Killed::Timeout) => return Err(ProcessorError::timed_out()),
        Some(Killed::Signal(signal)) => return Err(ProcessorError::cancelled(signal)),
        Some(Killed::Endless) => return Err(not_believed("answered without end", &ended, call)),
        None => {}
    }
    let expected = (!had_succeeded).then_some(image);
    let (envelope, Agreed { exit_status, usage }) = read(&ended)
        .and_then(|envelope| agree(&envelope, &ended, call, expected).map(|agreed| (envelope, agreed)))
        .map_err(|what| not_believed(&what, &ended, call))?;
    Ok(match envelope {
        Envelope::Error { error, .. } => failure::confirm(call, image, error, exit_status, took),
        Envelope::Success { .. } => Outcome {
            envelope,
            exit_status,
            usage: usage.filter(|_| !had_succeeded), // else it was used up then, and not again
        },
    })
}

/// The envelope of an earlier success of the same call: same processor, same inputs, both receipts in the same places.
///
/// What it left is not read again: `counterfoil verify` does that.
pub(crate) fn earlier_success(call: &Call) -> Option<Envelope> {
    let receipt = receipt(call).ok()?;
    agrees(&receipt, call, None).ok()?;
    let root = Dir::open(&call.artifacts).ok()?;
    let indexed = verify::index(&root, &receipt).ok()?;
    Some(Envelope::success(&receipt, indexed))
}

fn not_believed(what: &str, ended: &Ended, call: &Call) -> ProcessorError {
    let tail = ended.stderr.text(&call.redactor);
    tracing::warn!(stderr = tail, "answer_not_believed"); // the log may hold paths of this machine
    let tail = paths::masked(&call.with_artifacts_named(&tail));
    let tail = match tail.is_empty() {
        true => "its stderr says nothing".to_owned(),
        false => format!("its stderr ends: {tail}"),
    };
    ProcessorError::new(
        ErrorCode::AdapterInvocation,
        format!("the processor {} {what}; {tail}", call.entry.processor_ref),
    )
}

/// Reads the one line.
fn read(ended: &Ended) -> Result<Envelope, String> {
    let how = || ended.reach.how(ended.status);
    if ended.stdout.is_empty() {
        return Err(format!("ended with {} and no answer", how()));
    }
    if ended.status.code().is_none() || ended.reach.signal_of(ended.status).is_some() {
        return Err(format!("ended with {} after its answer", how()));
    }
    let line = ended.stdout.strip_suffix(b"\n").unwrap_or(&ended.stdout);
    serde_json::from_slice(line)
        .ok()
        .filter(|_| !line.contains(&b'\n'))
        .ok_or_else(|| format!("ended with {} and an answer that is not one envelope", how()))
}

/// What goes with an answer that is believed.
struct Agreed {
    exit_status: u8,
    usage: Option<BTreeMap<String, f64>>,
}

/// Compares what was said with what is on the disk.
fn agree(envelope: &Envelope, ended: &Ended, call: &Call, image: Option<&str>) -> Result<Agreed, String> {
    let own_id = call.execution_id.as_str();
    match envelope {
        Envelope::Error {
            execution_id, error, ..
        } => {
            if execution_id != own_id {
                return Err("answered for another execution".into());
            }
            if !is_code(&error.code) {
                return Err("answered with an error that has no code".into());
            }
            let exit_status = match ended.status.code().map(u8::try_from) {
                Some(Ok(0)) => return Err("answered with an error, but ended with exit status 0".into()),
                Some(Ok(status)) => status,
                Some(Err(_)) | None => ErrorCode::AdapterInvocation.exit_status(),
            };
            Ok(Agreed {
                exit_status,
                usage: None,
            })
        }
        Envelope::Success { execution_id, .. } => {
            if execution_id != own_id {
                return Err("answered for another execution".into());
            }
            if !ended.status.success() {
                return Err("answered with success, but did not end with exit status 0".into());
            }
            let receipt = receipt(call)?;
            agrees(&receipt, call, image)?;
            let root = Dir::open(&call.artifacts).map_err(|error| format!("left no artifacts: {error}"))?;
            let indexed =
                verify::success(&root, &receipt).map_err(|fault| format!("claims success, but {fault}"))?;
            match *envelope == Envelope::success(&receipt, indexed) {
                true => Ok(Agreed {
                    exit_status: 0,
                    usage: receipt.usage,
                }),
                false => Err("answered with an envelope that its receipt and index do not bear out".into()),
            }
        }
    }
}

/// The receipt, which has to be there twice.
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

fn agrees(receipt: &Receipt, call: &Call, image: Option<&str>) -> Result<(), String> {
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
