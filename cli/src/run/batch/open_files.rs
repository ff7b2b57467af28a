//! How many files this process may have open.

use std::fmt;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What one job has open at once: what it waits with, and its run's pipes, process, and directories that the answer is
/// compared with.
const A_RUN: u64 = 24;
/// Everything that is not a run's.
const OTHERS: u64 = 40;

/// Raises the soft limit to what this many runs at once need, as far as the hard one allows: many systems begin with
/// 1,024. Returns how many runs the limit allows, if they are fewer.
pub(super) fn allow_for(jobs: u16) -> Option<Limited> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let needed = u64::from(jobs) * A_RUN + OTHERS;
    let wanted = maximum.map_or(needed, |maximum| maximum.min(needed));
    if current.is_some_and(|current| current < wanted) {
        let raised = Rlimit {
            current: Some(wanted),
            maximum,
        };
        let _ = setrlimit(Resource::Nofile, raised); // then it stays as it is
    }
    let files = getrlimit(Resource::Nofile).current?;
    let allowed = (files.saturating_sub(OTHERS) / A_RUN).max(1);
    let allowed = u16::try_from(allowed).unwrap_or(u16::MAX);
    (allowed < jobs).then_some(Limited { jobs, allowed, files })
}

/// Fewer runs at once than were asked for.
#[derive(Debug)]
pub(super) struct Limited {
    jobs: u16,
    pub(super) allowed: u16,
    files: u64,
}

impl fmt::Display for Limited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { jobs, allowed, files } = self;
        write!(
            f,
            "--jobs {jobs} is held to {allowed}, as this process may have {files} files open; `ulimit -n` allows more"
        )
    }
}
