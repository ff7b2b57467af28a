//! Reading the receipts of many executions, as little of each as a line needs.

use std::borrow::Cow;
use std::collections::HashSet;
use std::num::NonZero;
use std::sync::Arc;
use std::thread;

use documents::receipt::{Receipt, Status};
use documents::{ExecutionId, Mode, ProcessorRef};
use serde::Deserialize;
use store::{Artifacts, Entry};

use super::filter::Filter;

/// A receipt is a few hundred bytes, and more only with what a provider adds; a file this large is not one.
const LARGEST: usize = 1024 * 1024;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) rows: Vec<Row>,
    /// How many directories have no receipt of their own that can be read.
    pub(super) unreadable: usize,
}

/// One execution, small: there may be very many.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) time: Box<str>,
    pub(super) status: Status,
    pub(super) mode: Option<Mode>,
    /// The same text for all of one processor.
    pub(super) processor_ref: Arc<str>,
    pub(super) duration_ms: u64,
    pub(super) execution_id: Box<str>,
}

/// Whether a text is `YYYY-MM-DDTHH:MM:SSZ`, which sorts as it is.
fn is_time(text: &str) -> bool {
    let form = "0000-00-00T00:00:00Z";
    text.len() == form.len()
        && text.bytes().zip(form.bytes()).all(|(byte, form)| match form {
            b'0' => byte.is_ascii_digit(),
            mark => byte == mark,
        })
}

/// The fields of a receipt that a line shows.
#[derive(Deserialize)]
struct Shown<'a> {
    #[serde(borrow)]
    execution_id: Cow<'a, str>,
    #[serde(borrow)]
    processor_ref: Cow<'a, str>,
    #[serde(borrow)]
    timestamp_utc: Cow<'a, str>,
    duration_ms: u64,
    #[serde(default)]
    mode: Option<Mode>,
    status: Status,
}

/// Reads every execution that the filter takes, on as many threads as there are processors, in no order; counts those that cannot
/// be read.
pub(super) fn scan(artifacts: &dyn Artifacts, executions: &[Entry], filter: &Filter) -> Scan {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let share = executions.len().div_ceil(threads).max(1);
    let mut shares = executions.chunks(share);
    let own = shares.next().unwrap_or_default();
    thread::scope(|scope| {
        let others: Vec<_> = shares
            .map(|share| {
                let work = move || Scan::read_all(artifacts, share, filter);
                (share, thread::Builder::new().spawn_scoped(scope, work))
            })
            .collect();
        let mut all = Scan::read_all(artifacts, own, filter);
        for (share, other) in others {
            let more = match other.map(|thread| thread.join()) {
                Ok(Ok(scan)) => scan,
                Ok(Err(panic)) => std::panic::resume_unwind(panic), // its part of the list would be missing
                Err(_) => Scan::read_all(artifacts, share, filter), // there is no further thread
            };
            all.rows.extend(more.rows);
            all.unreadable += more.unreadable;
        }
        all
    })
}

impl Scan {
    fn read_all(artifacts: &dyn Artifacts, executions: &[Entry], filter: &Filter) -> Self {
        let mut scan = Self::default();
        let mut refs = HashSet::new();
        let mut buffer = vec![0; LARGEST]; // its pages are the kernel's until they are written to
        for Entry { name, .. } in executions {
            match read(artifacts, name, filter, &mut refs, &mut buffer) {
                Some(Some(row)) => scan.rows.push(row),
                Some(None) => {}
                None => scan.unreadable += 1,
            }
        }
        scan
    }
}

/// One execution: `None` if it cannot be read, and no row if the filter drops it.
fn read(
    artifacts: &dyn Artifacts,
    name: &str,
    filter: &Filter,
    refs: &mut HashSet<Arc<str>>,
    buffer: &mut [u8],
) -> Option<Option<Row>> {
    let id = ExecutionId::parse(name).ok()?;
    let bytes = artifacts.read_small(&Receipt::global_path_of(&id), buffer).ok()?;
    if bytes.len() == LARGEST {
        return None;
    }
    let shown: Shown<'_> = serde_json::from_slice(bytes).ok()?;
    if shown.execution_id != id.as_str() || !is_time(&shown.timestamp_utc) {
        return None;
    }
    let processor_ref = match refs.get(&*shown.processor_ref) {
        Some(known) => known.clone(),
        None => {
            ProcessorRef::parse(&shown.processor_ref).ok()?;
            let text: Arc<str> = shown.processor_ref.into();
            refs.insert(text.clone());
            text
        }
    };
    if !filter.matches(shown.status, &processor_ref, shown.mode) {
        return Some(None);
    }
    Some(Some(Row {
        time: shown.timestamp_utc.into(),
        status: shown.status,
        mode: shown.mode,
        processor_ref,
        duration_ms: shown.duration_ms,
        execution_id: id.as_str().into(),
    }))
}

#[cfg(test)]
mod tests {
    use super::is_time;

    #[test]
    fn times_have_one_form() {
        assert!(is_time("2026-11-24T01:02:03Z"));
        for bad in [
            "",
            "2026-11-24T01:02:03",
            "2026-11-24 01:02:03Z",
            "2026-11-24T01:02:\x1b[Z",
            "2026-11-24T01:02:03ZZ",
        ] {
            assert!(!is_time(bad), "{bad:?}");
        }
    }
}
