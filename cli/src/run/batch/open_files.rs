//! How many files this process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What one job has open at once: what it waits with, and its run's pipes, process, and directories that the answer is
/// compared with.
const A_RUN: u64 = 24;
/// Everything that is not a run's.
const OTHERS: u64 = 64;

/// Raises the soft limit to what this many runs at once need, as far as the hard one allows: many systems begin with
/// 1,024. Runs that still get too few say so.
pub(super) fn allow_for(jobs: u16) {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let needed = u64::from(jobs) * A_RUN + OTHERS;
    let allowed = maximum.map_or(needed, |maximum| maximum.min(needed));
    if current.is_some_and(|current| current < allowed) {
        let raised = Rlimit {
            current: Some(allowed),
            maximum,
        };
        let _ = setrlimit(Resource::Nofile, raised); // then it stays as it is
    }
}
