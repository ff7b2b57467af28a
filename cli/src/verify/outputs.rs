//! Hashing outputs, several side by side.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use documents::outputs::IndexEntry;
use store::Dir;
use store::verify::{self, VerifyError};

/// Checks every output, on as many threads as there are processors; gives the faults with the place in the list of each,
/// in the order of the list.
pub(super) fn faults(root: &Dir, entries: &[IndexEntry]) -> Vec<(usize, VerifyError)> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut found = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(entry) = entries.get(place) else {
                return found;
            };
            if let Err(fault) = chain::output(root, entry) {
                found.push((place, fault));
            }
        }
    };
    let threads = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(entries.len());
    let mut found = thread::scope(|scope| {
        // a thread that cannot be had is no matter: this one does its work
        let others: Vec<_> = (1..threads)
            .filter_map(|_| thread::Builder::new().spawn_scoped(scope, work).ok())
            .collect();
        let mut found = work();
        for other in others {
            match other.join() {
                Ok(more) => found.extend(more),
                Err(panic) => std::panic::resume_unwind(panic), // what it had checked is lost
            }
        }
        found
    });
    found.sort_by_key(|(place, _)| *place);
    found
}
