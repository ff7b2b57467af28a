//! One execution, whatever runs it: refuse, invoke, believe only what the artifacts say, record.

mod attempt;
mod check;
mod record;
#[cfg(test)]
#[path = "../tests/unit/execute.rs"]
mod tests;

use std::sync::atomic::Ordering;

use store::Store;

use crate::adapter::{Adapter, RunContext};
use crate::call::{Call, Outcome};
use crate::error::Error;
use attempt::Attempt;
use check::Before;
pub(crate) use check::earlier_success;

/// Runs one call to its end. The receipts record a failure too, as far as the store allows.
pub(crate) async fn execute(
    adapter: &dyn Adapter,
    store: &dyn Store,
    call: &Call,
    run: &RunContext,
) -> Outcome {
    let attempt = Attempt::start(store, call, Some(adapter.image().as_str()));
    let hashes = call.hashes.as_ref();
    tracing::info!(
        image = attempt.image,
        inputs_hash = hashes.map(|hashes| hashes.inputs_hash.as_str()),
        inputs_sha256 = hashes.map(|hashes| hashes.inputs_sha256.as_str()),
        timeout_ms = call.timeout.as_millis(),
        plan_id = call.plan_id,
        "run_started"
    );
    let is_leased = attempt.is_leased(); // first: that run may end in between
    let before = Before {
        had_succeeded: attempt.has_succeeded(),
        is_leased,
    };
    let reply = adapter.invoke(call, run).await;
    let mut outcome = reply
        .and_then(|reply| {
            let is_cut_short = reply.end.is_cut_short();
            check::check(&attempt, reply, before).or_else(|error| {
                let committed = is_cut_short.then(|| check::committed(&attempt, before, &error));
                committed.flatten().ok_or(error)
            })
        })
        .unwrap_or_else(|error| record::failure(&attempt, &error));
    if outcome.is_success() && run.log.found_success.load(Ordering::Relaxed) {
        outcome = outcome.of_earlier_run();
    }
    tracing::info!(
        exit_status = outcome.exit_status,
        duration_ms = attempt.started.elapsed().as_millis(),
        "run_ended"
    );
    outcome
}

/// Refuses a call before anything is started.
pub(crate) fn refuse(store: &dyn Store, call: &Call, error: &Error) -> Outcome {
    record::failure(&Attempt::start(store, call, None), error)
}
