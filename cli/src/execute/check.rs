//! A processor's reply, believed only as far as the artifacts say the same.

use std::collections::BTreeMap;

use documents::envelope::Envelope;
use documents::inputs::HASH_SCHEMA;
use documents::receipt::{Receipt, Status};
use documents::{ErrorCode, Failure, WorldPath, is_code};
use store::{Artifacts, receipts, verify};

use super::attempt::Attempt;
use super::record;
use crate::adapter::{End, Reply};
use crate::call::{Call, Outcome};
use crate::error::Error;
use crate::paths;

/// What there was of an execution before its processor was started.
#[derive(Clone, Copy)]
pub(super) struct Before {
    pub(super) had_succeeded: bool,
    /// Another run was under way, whose success the processor waits for and answers with.
    pub(super) is_leased: bool,
}

impl Before {
    /// The image that the receipt has to name; none where the success may be that of another run.
    fn image<'a>(self, attempt: &Attempt<'a>) -> Option<&'a str> {
        attempt.image.filter(|_| !self.had_succeeded && !self.is_leased)
    }
}

/// Checks what a processor left and said; unless the success may be an earlier run's, its receipt has to name this image.
///
/// # Errors
///
/// `ERR_ADAPTER_INVOCATION` with the end of its stderr where it crashed, said nothing, or said what is not so;
/// `ERR_TIMEOUT` and `ERR_CANCELLED` where it had to be killed.
pub(super) fn check(attempt: &Attempt<'_>, reply: Reply, before: Before) -> Result<Outcome, Error> {
    match reply.end {
        End::TimedOut => return Err(documents::Error::timed_out().into()),
        End::Cancelled(signal) => return Err(documents::Error::cancelled(signal).into()),
        End::Endless => return Err(not_believed(attempt, "answered without end", &reply)),
        End::Exited(_) | End::Crashed | End::Killed => {}
    }
    let image = before.image(attempt);
    let believed = read(&reply)
        .and_then(|envelope| compare(envelope, &reply, attempt, image))
        .map_err(|what| not_believed(attempt, &what, &reply))?;
    Ok(match believed {
        Believed::Error(failure, exit_status) => record::confirm(attempt, failure, exit_status),
        Believed::Success(success) => success.outcome(before.had_succeeded),
    })
}

/// The success that a processor committed before it was killed or crashed: what stands is what counts.
pub(super) fn committed(attempt: &Attempt<'_>, before: Before, error: &Error) -> Option<Outcome> {
    let call = attempt.call;
    let store = attempt
        .store
        .execution(call.prefix.clone(), call.execution_id.clone())
        .ok()?;
    if !matches!(store.try_lease(), Ok(true)) {
        return None; // another run has it
    }
    let previous = store.previous_success().ok()??;
    store.complete(&previous).ok()?; // writes the second receipt after a kill between the two
    drop(store);
    let success = success(attempt, before.image(attempt)).ok()?;
    tracing::warn!(error = error.message(), "success_stands");
    Some(success.outcome(before.had_succeeded))
}

/// An answer that the artifacts bear out.
enum Believed {
    /// With the exit status.
    Error(Failure, u8),
    Success(Success),
}

/// A success as receipt and index give it.
struct Success {
    envelope: Envelope,
    /// What the run used up.
    usage: Option<BTreeMap<String, f64>>,
}

impl Success {
    fn outcome(self, had_succeeded: bool) -> Outcome {
        Outcome {
            envelope: self.envelope,
            exit_status: 0,
            is_earlier: had_succeeded,
            usage: self.usage.filter(|_| !had_succeeded), // else it was used up then, and not again
            is_retryable: false,
        }
    }
}

/// The envelope of an earlier success of the same call: same processor, same inputs, both receipts, below whatever write
/// prefix.
///
/// The outputs have to be there, and are not read again: `counterfoil verify` does that.
pub(crate) fn earlier_success(artifacts: &dyn Artifacts, call: &Call) -> Option<Envelope> {
    let receipt = earlier_receipt(artifacts, call)?;
    let indexed = verify::index(artifacts, &receipt).ok()?;
    let is_there = |path: &str| WorldPath::parse(path).is_ok_and(|path| artifacts.has_file(&path));
    // else the run that comes then says what is missing
    let are_there = indexed.iter().all(|output| is_there(&output.path));
    are_there.then(|| Envelope::success(&receipt, indexed))
}

/// The receipt of an earlier success of the same call.
fn earlier_receipt(artifacts: &dyn Artifacts, call: &Call) -> Option<Receipt> {
    let bytes = artifacts
        .read(&Receipt::global_path_of(&call.execution_id))
        .ok()?;
    let receipt: Receipt = serde_json::from_slice(&bytes).ok()?;
    is_of(&receipt, call, None, receipt.outputs_index.as_deref()).ok()?;
    let local = artifacts.read(&receipt.local_path()?).ok()?;
    (local == bytes).then_some(receipt)
}

fn not_believed(attempt: &Attempt<'_>, what: &str, reply: &Reply) -> Error {
    tracing::warn!(stderr = reply.stderr, "answer_not_believed"); // the log may hold paths of this machine
    let tail = paths::masked(&attempt.with_artifacts_named(&reply.stderr));
    let tail = if tail.is_empty() {
        "its stderr says nothing".to_owned()
    } else {
        format!("its stderr ends: {tail}")
    };
    let processor_ref = &attempt.call.entry.processor_ref;
    let message = format!("the processor {processor_ref} {what}");
    let error = Error::new(ErrorCode::AdapterInvocation, message).hint(tail);
    match reply.end {
        End::Killed => error.retryable(true),
        _ => error,
    }
}

/// Reads the one line.
fn read(reply: &Reply) -> Result<Envelope, String> {
    let how = &reply.description;
    if reply.stdout.is_empty() {
        return Err(format!("ended with {how} and no answer"));
    }
    if matches!(reply.end, End::Crashed | End::Killed) {
        return Err(format!("ended with {how} after its answer"));
    }
    let line = reply.stdout.strip_suffix(b"\n").unwrap_or(&reply.stdout);
    serde_json::from_slice(line)
        .ok()
        .filter(|_| !line.contains(&b'\n'))
        .ok_or_else(|| format!("ended with {how} and an answer that is not one envelope"))
}

/// Compares what was said with the artifacts.
fn compare(
    envelope: Envelope,
    reply: &Reply,
    attempt: &Attempt<'_>,
    image: Option<&str>,
) -> Result<Believed, String> {
    let status = match reply.end {
        End::Exited(status) => u8::try_from(status).ok(),
        _ => None,
    };
    if envelope.execution_id() != attempt.call.execution_id.as_str() {
        return Err("answered for another execution".into());
    }
    if let Envelope::Error { error, .. } = envelope {
        return match status {
            _ if !is_code(&error.code) => Err("answered with an error that has no code".into()),
            Some(0) => Err("answered with an error, but ended with exit status 0".into()),
            status => {
                let status = status.unwrap_or(ErrorCode::AdapterInvocation.exit_status());
                Ok(Believed::Error(error, status))
            }
        };
    }
    if status != Some(0) {
        return Err("answered with success, but did not end with exit status 0".into());
    }
    let success = success(attempt, image)?;
    if !envelope.agrees_with(&success.envelope) {
        return Err("answered with an envelope that its receipt and index do not bear out".into());
    }
    Ok(Believed::Success(success))
}

/// The success that the artifacts have. Without an image it is an earlier one, which may be below another write prefix.
fn success(attempt: &Attempt<'_>, image: Option<&str>) -> Result<Success, String> {
    let earlier = image
        .is_none()
        .then(|| earlier_receipt(attempt.store, attempt.call));
    let receipt = match earlier.flatten() {
        Some(receipt) => receipt,
        None => {
            let receipt = receipt(attempt.store, attempt.call)?;
            let index = attempt.call.prefix.path(documents::layout::INDEX).ok();
            let index = index.as_ref().map(documents::WorldPath::as_str);
            is_of(&receipt, attempt.call, image, index)?;
            receipt
        }
    };
    let indexed =
        verify::success(attempt.store, &receipt).map_err(|error| format!("claims success, but {error}"))?;
    Ok(Success {
        envelope: Envelope::success(&receipt, indexed),
        usage: receipt.usage,
    })
}

/// The receipt, of which there have to be two copies.
fn receipt(artifacts: &dyn Artifacts, call: &Call) -> Result<Receipt, String> {
    let receipts = receipts(artifacts, &call.prefix, &call.execution_id);
    match receipts.map_err(|error| format!("left a receipt that {error}"))? {
        [Some(local), Some(global)] if local == global => {
            serde_json::from_slice(&local).map_err(|_| "left a receipt that is none".into())
        }
        [Some(_), Some(_)] => Err("left two receipts that differ".into()),
        [None, _] | [_, None] => Err("claims success, but a receipt is missing".into()),
    }
}

/// Whether a receipt is of this call, with its index there.
fn is_of(receipt: &Receipt, call: &Call, image: Option<&str>, index: Option<&str>) -> Result<(), String> {
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
