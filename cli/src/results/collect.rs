//! From the list of a batch to its table, in the order of the list, on as many threads as there are processors.

use std::io::{BufWriter, Write};
use std::mem;
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use store::Artifacts;

use super::form::Form;
use super::listing::{ListReader, Listed};
use super::own_columns::OwnColumns;
use super::receipt::LARGEST_RECEIPT;
use super::row::{Row, Source};
use super::select::Select;
use super::sums::Sums;
use super::table::Table;

/// How many rows a thread makes before they are written: memory does not grow with the batch.
const ROWS: usize = 32;

/// A batch whose table is made.
pub(crate) struct Batch<'a> {
    pub(crate) artifacts: &'a dyn Artifacts,
    /// The artifacts directory as the caller named it.
    pub(crate) dir: &'a Path,
    pub(crate) name: &'a str,
    pub(crate) selects: &'a [Select],
}

impl Batch<'_> {
    /// Writes the table.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE` for a batch that there is not; those of the list and of the writer.
    pub(super) fn write(&self, form: Form, is_terminal: bool, to: impl Write + Send) -> anyhow::Result<Sums> {
        let mut list = ListReader::open(self.name, self.artifacts)?;
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let mut lines = list.next(ROWS * threads)?;
        let own = lines.first_mut().map(|first| mem::take(&mut first.columns));
        let own = OwnColumns::new(own.unwrap_or_default(), self.selects);
        let source = Source {
            artifacts: self.artifacts,
            dir: self.dir,
            selects: self.selects,
            own: own.names.len(),
        };
        let columns = own.with_ours(self.selects);
        let mut table = Table::begin(form, is_terminal, columns, BufWriter::new(to))?;
        let mut sums = Sums::new(own.renamed);
        // their pages are the kernel's until they are written to
        let mut buffers = vec![vec![0; LARGEST_RECEIPT]; threads];
        while !lines.is_empty() {
            for row in rows(&lines, source, &mut buffers) {
                sums.add(&row);
                table.write(&row.cells)?;
            }
            lines = list.next(ROWS * threads)?;
        }
        table.end()?;
        Ok(sums)
    }
}

/// The rows of these lines, in their order.
fn rows(lines: &[Listed], source: Source<'_>, buffers: &mut [Vec<u8>]) -> Vec<Row> {
    let parts: Vec<_> = lines
        .chunks(ROWS)
        .zip(buffers)
        .map(|(lines, buffer)| Mutex::new((lines, buffer, Vec::with_capacity(lines.len()))))
        .collect();
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(part) = parts.get(next.fetch_add(1, Ordering::Relaxed)) {
            let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
            let (lines, buffer, rows) = &mut *part;
            rows.extend(lines.iter().map(|line| Row::read(line, source, buffer)));
        }
    };
    thread::scope(|scope| {
        for _ in 1..parts.len() {
            let _ = thread::Builder::new().spawn_scoped(scope, work); // this thread does it all if need be
        }
        work();
    });
    let rows = |part: Mutex<_>| part.into_inner().unwrap_or_else(PoisonError::into_inner);
    parts.into_iter().flat_map(|part| rows(part).2).collect()
}
