//! The receipts of a run whose processor left none.

use std::time::{Duration, Instant};

use contracts::inputs::HASH_SCHEMA;
use contracts::receipt::{Failure, Receipt, Status};
use contracts::store::Store;
use contracts::{Clock, ProcessorError};

use crate::call::{Call, Outcome, UNKNOWN};

/// How long another run of the same execution is waited for; it leaves receipts of its own.
const PATIENCE: Duration = Duration::from_secs(2);

/// Answers with an error, and writes its receipts as far as the disk and an earlier success allow.
pub(crate) fn record(call: &Call, image: Option<&str>, error: &ProcessorError, took: Duration) -> Outcome {
    let fingerprint = call.fingerprint(image.filter(|image| *image != UNKNOWN));
    tracing::error!(
        code = error.code().as_str(),
        error = error.message(),
        retryable = error.code().is_retryable(),
        "run_failed"
    );
    let receipt = Receipt {
        execution_id: call.execution_id.as_str().to_owned(),
        processor_ref: call.entry.processor_ref.as_str().to_owned(),
        image_digest: image.unwrap_or(UNKNOWN).to_owned(),
        env_fingerprint: fingerprint.clone(),
        inputs_hash: call.inputs_hash.clone(),
        hash_schema: HASH_SCHEMA.to_owned(),
        outputs_index: None,
        outputs_index_sha256: None,
        processor_info: None,
        usage: None,
        timestamp_utc: Clock::system().timestamp(),
        duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        mode: call.inputs_hash.as_ref().map(|_| call.mode),
        status: Status::Error,
        error: Some(Failure::of(error, &call.redactor)),
        extra: Default::default(),
    };
    if let Err(problem) = write(call, &receipt) {
        tracing::error!(
            code = problem.code().as_str(),
            error = problem.message(),
            "error_receipt_not_written"
        );
    }
    Outcome::error(call.execution_id.as_str(), error, &fingerprint, &call.redactor)
}

fn write(call: &Call, receipt: &Receipt) -> Result<(), ProcessorError> {
    let store = Store::open(&call.artifacts, call.prefix.clone(), call.execution_id.clone())?;
    let started = Instant::now();
    while matches!(store.try_lock(), Ok(false)) {
        if started.elapsed() > PATIENCE {
            tracing::warn!("another_run_has_the_execution");
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    match store.prior()? {
        Some(_) => tracing::warn!("success_receipt_kept"), // it says all there is to say
        None => store.record_failure(receipt),
    }
    Ok(())
}
