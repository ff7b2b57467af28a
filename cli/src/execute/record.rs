//! The receipts of a run whose processor left none.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use documents::Failure;
use documents::envelope::Envelope;
use documents::inputs::HASH_SCHEMA;
use documents::receipt::{Receipt, Status};
use logging::Clock;
use store::ExecutionStore as _;
use store::local::{Dir, LocalStore};

use crate::call::{Call, Outcome, UNKNOWN};
use crate::error::Error;

/// How long another run of the same execution is waited for; it leaves receipts of its own.
const PATIENCE: Duration = Duration::from_secs(2);

/// Refuses a call before anything is started.
pub(crate) fn refuse(call: &Call, error: &Error) -> Outcome {
    failure(call, None, error, Duration::ZERO)
}

/// Whether this execution id has a success receipt.
pub(super) fn has_succeeded(call: &Call) -> bool {
    Dir::open(&call.artifacts)
        .is_ok_and(|root| store::status(&root, &call.execution_id) == Some(Status::Success))
}

/// Answers with an error, and writes its receipts as far as the disk and an earlier success allow.
pub(super) fn failure(call: &Call, image: Option<&str>, error: &Error, took: Duration) -> Outcome {
    tracing::error!(
        code = error.code().as_str(),
        error = error.message(),
        retryable = error.code().is_retryable(),
        told_by = "orchestrator",
        "run_failed"
    );
    let failure = Failure::new(error.code(), call.public(&error.message()));
    write_receipts(call, image, &failure, took);
    Outcome {
        envelope: Envelope::error(call.execution_id.as_str(), failure, fingerprint(call, image)),
        exit_status: error.code().exit_status(),
        usage: None,
    }
}

/// Answers with the error that a processor reported, without any secret or path of this machine, and makes sure that the
/// receipts record it.
pub(super) fn confirm(
    call: &Call,
    image: &str,
    reported: Failure,
    exit_status: u8,
    took: Duration,
) -> Outcome {
    let failure = Failure {
        code: reported.code,
        message: call.public(&reported.message),
    };
    let usage = match own_receipt(call, &failure) {
        Own::Same(usage) => usage,
        Own::IsSuccess => None,
        Own::None => {
            write_receipts(call, Some(image), &failure, took);
            None
        }
    };
    Outcome {
        envelope: Envelope::error(
            call.execution_id.as_str(),
            failure,
            fingerprint(call, Some(image)),
        ),
        exit_status,
        usage,
    }
}

fn fingerprint(call: &Call, image: Option<&str>) -> String {
    call.fingerprint(image.filter(|image| *image != UNKNOWN))
}

/// What a processor's own receipts say about its failure.
enum Own {
    /// The same, and what it used up.
    Same(Option<BTreeMap<String, f64>>),
    /// They are of an earlier success, which is not to be overwritten.
    IsSuccess,
    None,
}

fn own_receipt(call: &Call, failure: &Failure) -> Own {
    if has_succeeded(call) {
        return Own::IsSuccess;
    }
    let root = Dir::open(&call.artifacts);
    let receipts = root.map(|root| store::receipts(&root, &call.prefix, &call.execution_id));
    let Ok(Ok([Some(local), Some(global)])) = receipts else {
        return Own::None;
    };
    match serde_json::from_slice::<Receipt>(&local) {
        Ok(receipt)
            if local == global
                && receipt.status == Status::Error
                && receipt.execution_id == call.execution_id.as_str()
                && receipt.error.as_ref() == Some(failure) =>
        {
            Own::Same(receipt.usage)
        }
        _ => Own::None,
    }
}

/// Writes the receipts of a failure.
fn write_receipts(call: &Call, image: Option<&str>, failure: &Failure, took: Duration) {
    let hashes = call.hashes.as_ref();
    let receipt = Receipt {
        execution_id: call.execution_id.as_str().to_owned(),
        processor_ref: call.entry.processor_ref.as_str().to_owned(),
        image_digest: image.unwrap_or(UNKNOWN).to_owned(),
        env_fingerprint: fingerprint(call, image),
        inputs_hash: hashes.map(|hashes| hashes.inputs_hash.clone()),
        hash_schema: HASH_SCHEMA.to_owned(),
        inputs_sha256: hashes.map(|hashes| hashes.inputs_sha256.clone()),
        outputs_index: None,
        outputs_index_sha256: None,
        processor_info: None,
        usage: None,
        timestamp_utc: Clock::system().timestamp(),
        duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        mode: hashes.map(|_| call.mode),
        status: Status::Error,
        error: Some(failure.clone()),
        extra: Default::default(),
        rejected: None,
    };
    if let Err(problem) = write(call, &receipt) {
        tracing::error!(
            code = problem.code().as_str(),
            error = problem.message(),
            "error_receipt_not_written"
        );
    }
}

fn write(call: &Call, receipt: &Receipt) -> Result<(), Error> {
    let store = LocalStore::open(&call.artifacts, call.prefix.clone(), call.execution_id.clone())?;
    let started = Instant::now();
    while matches!(store.try_lease(), Ok(false)) {
        if started.elapsed() > PATIENCE {
            tracing::warn!("another_run_has_the_execution");
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    match store.previous_success()? {
        Some(_) => tracing::warn!("success_receipt_kept"), // it says all there is to say
        None => store.record_failure(receipt),
    }
    Ok(())
}
