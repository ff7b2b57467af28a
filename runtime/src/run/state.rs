//! What a run has found out so far.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use documents::inputs::{HASH_SCHEMA, Hashes};
use documents::receipt::{Receipt, Status};
use documents::{ExecutionId, Mode};
use logging::{Clock, Redactor};

use crate::settings::Settings;

/// The field of `extra` with the number of runs that were started before and never ended.
pub(super) const EARLIER_ATTEMPTS: &str = "earlier_attempts";

/// What a run has found out so far, for the receipt of whichever thread ends it.
#[derive(Clone)]
pub(super) struct RunState {
    facts: Arc<Mutex<Facts>>,
    started: Instant,
    clock: Clock,
    pub(super) redactor: Redactor,
}

#[derive(Default)]
struct Facts {
    mode: Option<Mode>,
    hashes: Option<Hashes>,
    runner_started: Option<Instant>,
    runner_ms: Option<u64>,
    /// Whether a start of this execution is there.
    has_start: bool,
    earlier_attempts: u64,
}

impl RunState {
    pub(super) fn new(started: Instant, clock: Clock, redactor: Redactor) -> Self {
        Self {
            facts: Arc::default(),
            started,
            clock,
            redactor,
        }
    }

    pub(super) fn set_inputs(&self, mode: Mode, hashes: Hashes) {
        let mut facts = self.facts();
        facts.mode = Some(mode);
        facts.hashes = Some(hashes);
    }

    pub(super) fn hashes(&self) -> Option<Hashes> {
        self.facts().hashes.clone()
    }

    pub(super) fn set_start(&self, has_start: bool, earlier_attempts: u64) {
        let mut facts = self.facts();
        facts.has_start = has_start;
        facts.earlier_attempts = earlier_attempts;
    }

    pub(super) fn has_start(&self) -> bool {
        self.facts().has_start
    }

    /// What the receipt says beside what the provider does.
    pub(super) fn extra(&self) -> Option<(String, String)> {
        let attempts = self.facts().earlier_attempts;
        (attempts > 0).then(|| (EARLIER_ATTEMPTS.to_owned(), attempts.to_string()))
    }

    pub(super) fn timestamp(&self) -> String {
        self.clock.timestamp()
    }

    /// The mode, once the inputs are read.
    pub(super) fn mode(&self) -> Option<Mode> {
        self.facts().mode
    }

    pub(super) fn start_runner(&self) {
        self.facts().runner_started = Some(Instant::now());
    }

    pub(super) fn stop_runner(&self) {
        let mut facts = self.facts();
        facts.runner_ms = Some(facts.took_ms(self.clock));
    }

    pub(super) fn total_ms(&self) -> u64 {
        milliseconds(self.clock.since(self.started))
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The receipt of a failure.
    pub(super) fn receipt(&self, execution_id: &ExecutionId, settings: &Settings) -> Receipt {
        let extra = self.extra().into_iter().collect();
        let facts = self.facts();
        let hashes = facts.hashes.clone();
        Receipt {
            execution_id: execution_id.as_str().to_owned(),
            processor_ref: settings.processor_ref.as_str().to_owned(),
            image_digest: settings.image_digest.clone(),
            env_fingerprint: settings.env_fingerprint.clone(),
            inputs_hash: hashes.as_ref().map(|hashes| hashes.inputs_hash.clone()),
            hash_schema: HASH_SCHEMA.to_owned(),
            inputs_sha256: hashes.map(|hashes| hashes.inputs_sha256),
            outputs_index: None,
            outputs_index_sha256: None,
            processor_info: None,
            usage: None,
            timestamp_utc: self.clock.timestamp(),
            duration_ms: facts.took_ms(self.clock),
            mode: facts.mode,
            status: Status::Error,
            error: None,
            extra,
            rejected: None,
            plan_id: settings.plan_id.as_deref().map(|id| self.redactor.redact(id)),
        }
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Facts {
    /// The runner's time so far; 0 before it starts.
    fn took_ms(&self, clock: Clock) -> u64 {
        self.runner_ms.unwrap_or_else(|| {
            self.runner_started
                .map_or(0, |started| milliseconds(clock.since(started)))
        })
    }
}
