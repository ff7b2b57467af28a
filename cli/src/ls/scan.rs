//! Reading the receipts of many executions, as little of each as a line needs.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ffi::CString;
use std::io;
use std::num::NonZero;
use std::sync::Arc;
use std::thread;

use documents::layout::GLOBAL_RECEIPT;
use documents::receipt::Status;
use documents::{ExecutionId, Mode, ProcessorRef};
use serde::Deserialize;
use store::local::Dir;

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
    pub(super) time: Time,
    pub(super) status: Status,
    pub(super) mode: Option<Mode>,
    /// The same text for all of one processor.
    pub(super) processor_ref: Arc<str>,
    pub(super) duration_ms: u64,
    pub(super) execution_id: Box<str>,
}

/// `YYYY-MM-DDTHH:MM:SSZ`, which sorts as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Time([u8; 20]);

impl Time {
    pub(super) fn parse(text: &str) -> Option<Self> {
        const FORM: [u8; 20] = *b"0000-00-00T00:00:00Z";
        let bytes: [u8; 20] = text.as_bytes().try_into().ok()?;
        let is_formed = bytes.iter().zip(FORM).all(|(byte, form)| match form {
            b'0' => byte.is_ascii_digit(),
            mark => *byte == mark,
        });
        is_formed.then_some(Self(bytes))
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default() // it is ASCII
    }
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

/// Reads every execution that the filter takes, on as many threads as there are processors; in no order. An execution that cannot be read is
/// counted.
pub(super) fn scan(executions: &Dir, filter: &Filter) -> io::Result<Scan> {
    let names = executions.names()?;
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let share = names.len().div_ceil(threads).max(1);
    let mut shares = names.chunks(share);
    let own = shares.next().unwrap_or_default();
    Ok(thread::scope(|scope| {
        let others: Vec<_> = shares
            .map(|names| {
                let work = move || Scan::read_all(executions, names, filter);
                (names, thread::Builder::new().spawn_scoped(scope, work))
            })
            .collect();
        let mut all = Scan::read_all(executions, own, filter);
        for (names, other) in others {
            let more = match other.map(|thread| thread.join()) {
                Ok(Ok(scan)) => scan,
                Ok(Err(panic)) => std::panic::resume_unwind(panic), // its part of the list would be missing
                Err(_) => Scan::read_all(executions, names, filter), // a thread that cannot be had
            };
            all.rows.extend(more.rows);
            all.unreadable += more.unreadable;
        }
        all
    }))
}

impl Scan {
    fn read_all(executions: &Dir, names: &[CString], filter: &Filter) -> Self {
        let mut scan = Self::default();
        let mut refs = HashSet::new();
        let mut buffer = vec![0; LARGEST]; // its pages are the kernel's until they are written to
        for name in names {
            match read(executions, name, filter, &mut refs, &mut buffer) {
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
    executions: &Dir,
    name: &CString,
    filter: &Filter,
    refs: &mut HashSet<Arc<str>>,
    buffer: &mut [u8],
) -> Option<Option<Row>> {
    let id = ExecutionId::parse(name.to_str().ok()?).ok()?;
    let bytes = executions.read_small(id.as_str(), GLOBAL_RECEIPT, buffer).ok()?;
    if bytes.len() == LARGEST {
        return None;
    }
    let shown: Shown<'_> = serde_json::from_slice(bytes).ok()?;
    let time = Time::parse(&shown.timestamp_utc)?;
    if shown.execution_id != id.as_str() {
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
        time,
        status: shown.status,
        mode: shown.mode,
        processor_ref,
        duration_ms: shown.duration_ms,
        execution_id: id.as_str().into(),
    }))
}

#[cfg(test)]
mod tests {
    use super::Time;

    #[test]
    fn times_have_one_form() {
        let time = Time::parse("2026-11-24T01:02:03Z").unwrap();
        assert_eq!(time.as_str(), "2026-11-24T01:02:03Z");
        for bad in [
            "",
            "2026-11-24T01:02:03",
            "2026-11-24 01:02:03Z",
            "2026-11-24T01:02:\x1b[Z",
            "2026-11-24T01:02:03ZZ",
        ] {
            assert_eq!(Time::parse(bad), None, "{bad:?}");
        }
    }
}
