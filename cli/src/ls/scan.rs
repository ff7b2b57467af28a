//! Reading the receipts of many executions, as little of each as a line needs.

use std::borrow::Cow;
use std::collections::HashSet;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use documents::receipt::{Receipt, Status};
use documents::{ExecutionId, Mode, ProcessorRef};
use serde::{Deserialize, Serialize, Serializer};
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

/// One execution, small: there may be very many. Fields in the order of `--json`.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) execution_id: Box<str>,
    pub(super) status: Status,
    /// The same text for all of one processor.
    #[serde(serialize_with = "shared")]
    pub(super) processor_ref: Arc<str>,
    pub(super) mode: Option<Mode>,
    #[serde(rename = "timestamp_utc")]
    pub(super) time: Box<str>,
    pub(super) duration_ms: u64,
}

fn shared<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
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
    let next = AtomicUsize::new(0);
    let work = || {
        let mut scan = Scan::default();
        let mut refs = HashSet::new();
        let mut buffer = vec![0; LARGEST]; // its pages are the kernel's until they are written to
        while let Some(entry) = executions.get(next.fetch_add(1, Ordering::Relaxed)) {
            match read(artifacts, &entry.name, filter, &mut refs, &mut buffer) {
                Some(Some(row)) => scan.rows.push(row),
                Some(None) => {}
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
