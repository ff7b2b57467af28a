//! The receipts of a run whose processor left none.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use documents::envelope::{Envelope, ErrorMeta};
use documents::inputs::HASH_SCHEMA;
use documents::receipt::{Receipt, Status};
use documents::{ErrorCode, Failure};
use logging::Clock;

use super::attempt::Attempt;
use crate::call::{Outcome, UNKNOWN};
use crate::error::Error;

/// How long another run of the same execution is waited for; it leaves receipts of its own.
const PATIENCE: Duration = Duration::from_secs(2);

/// Answers with an error, and writes its receipts as far as the store and an earlier success allow.
pub(super) fn failure(attempt: &Attempt<'_>, error: &Error) -> Outcome {
    tracing::error!(
        code = error.code().as_str(),
        error = error.message(),
        retryable = error.is_retryable(),
        told_by = "orchestrator",
        "run_failed"
    );
    let failure = Failure::new(error.code(), attempt.public(&error.message()));
    write_receipts(attempt, &failure);
    Outcome {
        is_retryable: error.is_retryable(),
        ..outcome(attempt, failure, error.code().exit_status(), None)
    }
}

/// Answers with the error that a processor reported, without any secret or path of this machine, and makes sure that the
/// receipts record it.
pub(super) fn confirm(attempt: &Attempt<'_>, reported: Failure, exit_status: u8) -> Outcome {
    let failure = Failure {
        code: reported.code,
        message: attempt.public(&reported.message),
    };
    let usage = match own_receipt(attempt, &failure) {
        Own::Same(usage) => usage,
        Own::IsSuccess => None,
        Own::Missing => {
            write_receipts(attempt, &failure);
            None
        }
    };
    outcome(attempt, failure, exit_status, usage)
}

fn outcome(
    attempt: &Attempt<'_>,
    failure: Failure,
    exit_status: u8,
    usage: Option<BTreeMap<String, f64>>,
) -> Outcome {
    let id = attempt.call.execution_id.as_str();
    let code = failure.code.parse::<ErrorCode>();
    let meta = ErrorMeta {
        env_fingerprint: attempt.fingerprint(),
        mode: attempt.call.hashes.as_ref().map(|_| attempt.call.mode),
        usage: usage.clone(),
    };
    Outcome {
        envelope: Envelope::error(id, failure, meta),
        exit_status,
        is_earlier: false,
        usage,
        is_retryable: code.is_ok_and(ErrorCode::is_retryable),
    }
}

/// What a processor's own receipts say about its failure.
enum Own {
    /// The same, and what it used up.
    Same(Option<BTreeMap<String, f64>>),
    /// They are of an earlier success, which is never overwritten.
    IsSuccess,
    Missing,
}

fn own_receipt(attempt: &Attempt<'_>, failure: &Failure) -> Own {
    if attempt.has_succeeded() {
        return Own::IsSuccess;
    }
    let id = &attempt.call.execution_id;
    let Ok([Some(local), Some(global)]) = store::receipts(attempt.store, &attempt.call.prefix, id) else {
        return Own::Missing;
    };
    match serde_json::from_slice::<Receipt>(&local) {
        Ok(receipt)
            if local == global
                && receipt.status == Status::Error
                && receipt.execution_id == id.as_str()
                && receipt.error.as_ref() == Some(failure) =>
        {
            Own::Same(receipt.usage)
        }
        _ => Own::Missing,
    }
}

/// Writes the receipts of a failure.
fn write_receipts(attempt: &Attempt<'_>, failure: &Failure) {
    let call = attempt.call;
    let hashes = call.hashes.as_ref();
    let receipt = Receipt {
        execution_id: call.execution_id.as_str().to_owned(),
        processor_ref: call.entry.processor_ref.as_str().to_owned(),
        image_digest: attempt.image.unwrap_or(UNKNOWN).to_owned(),
        env_fingerprint: attempt.fingerprint(),
        inputs_hash: hashes.map(|hashes| hashes.inputs_hash.clone()),
        hash_schema: HASH_SCHEMA.to_owned(),
        inputs_sha256: hashes.map(|hashes| hashes.inputs_sha256.clone()),
        outputs_index: None,
        outputs_index_sha256: None,
        processor_info: None,
        usage: None,
        timestamp_utc: Clock::system().timestamp(),
        duration_ms: u64::try_from(attempt.started.elapsed().as_millis()).unwrap_or(u64::MAX),
        mode: hashes.map(|_| call.mode),
        status: Status::Error,
        error: Some(failure.clone()),
        extra: Default::default(),
        rejected: None,
        plan_id: call
            .plan_id
            .as_deref()
            .filter(|id| !id.is_empty())
            .map(|id| call.redactor.redact(id)),
    };
    if let Err(error) = write(attempt, &receipt) {
        tracing::error!(
            code = error.code().as_str(),
            error = error.message(),
            "error_receipt_not_written"
        );
    }
}

fn write(attempt: &Attempt<'_>, receipt: &Receipt) -> Result<(), Error> {
    let call = attempt.call;
    let store = attempt
        .store
        .execution(call.prefix.clone(), call.execution_id.clone())?;
    let started = Instant::now();
    while matches!(store.try_lease(), Ok(false)) {
        if started.elapsed() > PATIENCE {
            tracing::warn!("another_run_has_the_execution");
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    match store.previous_success()? {
        Some(_) => tracing::warn!("success_receipt_kept"),
        None => {
            store.record_failure(receipt); // what fails is logged
        }
    }
    Ok(())
}
