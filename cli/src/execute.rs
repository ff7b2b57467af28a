//! One execution, whatever runs it: refuse, invoke, believe only what the artifacts say, record.

mod check;
mod record;

use std::time::Instant;

use crate::adapter::{Adapter, RunContext};
use crate::call::{Call, Outcome};
use crate::error::Error;
pub(crate) use check::earlier_success;
pub(crate) use record::refuse;

/// Runs one call to its end. The receipts record a failure too, as far as the disk allows.
pub(crate) async fn execute(adapter: &dyn Adapter, call: &Call, run: &RunContext) -> Outcome {
    let started = Instant::now();
    let image = adapter.image().as_str();
    let hashes = call.hashes.as_ref();
    tracing::info!(
        image,
        inputs_hash = hashes.map(|hashes| hashes.inputs_hash.as_str()),
        inputs_sha256 = hashes.map(|hashes| hashes.inputs_sha256.as_str()),
        timeout_ms = call.timeout.as_millis(),
        plan_id = call.plan_id,
        "run_started"
    );
    let outcome = match invoke(adapter, call, run, started).await {
        Ok(outcome) => outcome,
        Err(error) => record::failure(call, Some(image), &error, started.elapsed()),
    };
    tracing::info!(
        exit_status = outcome.exit_status,
        duration_ms = started.elapsed().as_millis(),
        "run_ended"
    );
    outcome
}

async fn invoke(
    adapter: &dyn Adapter,
    call: &Call,
    run: &RunContext,
    started: Instant,
) -> Result<Outcome, Error> {
    let had_succeeded = record::has_succeeded(call);
    let reply = adapter.invoke(call, run).await?;
    check::check(
        reply,
        call,
        adapter.image().as_str(),
        had_succeeded,
        started.elapsed(),
    )
}
