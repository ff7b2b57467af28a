//! Killed at any moment, as the machine's own timing has it.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use support::Dir;

use crate::leftovers::assert_recovers;
use crate::probe;
use support::check_all;

const SEED: u64 = 0x5eed;
const FILES: [&str; 3] = ["outputs/a.txt", "outputs/b/c.json", "outputs/z.bin"];

/// xorshift64*
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % limit
    }
}

#[test]
fn a_run_that_is_killed_at_any_moment_can_be_run_again() {
    kill_and_run_again(60);
}

#[test]
#[ignore = "takes half a minute on a busy machine; .ci/run runs it"]
fn a_run_that_is_killed_at_any_of_many_moments_can_be_run_again() {
    kill_and_run_again(300);
}

fn kill_and_run_again(runs: usize) {
    let inputs = json!({});
    // the shortest: what else the machine does would only move kills behind the end
    let whole = (0..10).map(|_| {
        let base = Dir::new();
        let started = Instant::now();
        probe(base.root(), &inputs).run().assert_success();
        started.elapsed()
    });
    let whole = whole.min().unwrap();
    eprintln!("{runs} runs of {whole:?}, seed {SEED:#x}");

    let mut random = Random(SEED);
    let delays = (0..runs).map(|_| random.below(whole.as_micros() as u64));
    let too_late = AtomicUsize::new(0);
    check_all(delays.map(Delay).collect(), |delay| {
        let base = Dir::new();
        let started = probe(base.root(), &inputs).start();
        std::thread::sleep(Duration::from_micros(delay.0));
        let finished = started.kill();
        too_late.fetch_add(usize::from(finished.status == 0), Ordering::Relaxed);
        assert_recovers(&finished, &inputs, &FILES);
    });
    let too_late = too_late.into_inner();
    eprintln!("{} killed in time", runs - too_late);
    assert!(too_late < runs, "every kill came too late");
}

/// In microseconds.
struct Delay(u64);

impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "killed after {} us", self.0)
    }
}
