//! Reading the receipts of many executions, as little of each as a line needs.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use documents::ExecutionId;
use store::{Artifacts, Entry};

use super::filter::Filter;
use super::row::{self, LARGEST, Row, Texts};

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) rows: Vec<Row>,
    /// How many entries are no executions that can be read.
    pub(super) unreadable: usize,
}

/// Reads every execution that the filter takes, on as many threads as there are processors, in no order; counts those that cannot
/// be read.
pub(super) fn scan(artifacts: &dyn Artifacts, executions: &[Entry], filter: &Filter) -> Scan {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut scan = Scan::default();
        let mut texts = Texts::default();
        let mut buffer = vec![0; LARGEST]; // its pages are the kernel's until they are written to
        while let Some(entry) = executions.get(next.fetch_add(1, Ordering::Relaxed)) {
            if !filter.matches_id(&entry.name) {
                continue;
            }
            let id = ExecutionId::parse(&entry.name).ok();
            match id.and_then(|id| row::read(artifacts, &id, entry.is_dir, &mut texts, &mut buffer)) {
                Some(row) if filter.matches(&row) => scan.rows.push(row),
                Some(_) => {}
                None => scan.unreadable += 1,
            }
        }
        scan
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads)
            .filter_map(|_| thread::Builder::new().spawn_scoped(scope, work).ok())
            .collect();
        let mut all = work();
        for other in others {
            match other.join() {
                Ok(more) => {
                    all.rows.extend(more.rows);
                    all.unreadable += more.unreadable;
                }
                Err(panic) => std::panic::resume_unwind(panic), // its part of the list would be missing
            }
        }
        all
    })
}
