//! From the list of a batch to its table, in the order of the list, on as many threads as there are processors.

use std::collections::VecDeque;
use std::io::{self, BufWriter, Write};
use std::mem;
use std::num::NonZero;
use std::path::Path;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, Scope};

use store::Artifacts;

use super::form::Form;
use super::listing::{ListReader, Listed};
use super::own_columns::OwnColumns;
use super::receipt::LARGEST_RECEIPT;
use super::row::{Row, Source};
use super::select::Select;
use super::sums::Sums;
use super::table::Table;
use crate::error::Error;

/// How many lines a part has, and how many parts a thread has to make: memory does not grow with the batch.
const ROWS: usize = 16;
const AHEAD: usize = 4;

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
        let mut lines = list.next(ROWS)?;
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
        in_order(
            lines,
            || list.next(ROWS),
            source,
            |row| {
                sums.add(&row);
                table.write(&row.cells)
            },
        )?;
        table.end()?;
        Ok(sums)
    }
}

/// Makes the rows of all lines, and takes them in the order of the lines. Each thread has parts to go on with while another one,
/// or the writer, waits for a processor.
fn in_order(
    first: Vec<Listed>,
    mut next: impl FnMut() -> Result<Vec<Listed>, Error>,
    source: Source<'_>,
    mut take: impl FnMut(Row) -> io::Result<()>,
) -> anyhow::Result<()> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        let makers = (0..threads).map_while(|_| Maker::start(scope, source).ok());
        let mut makers: VecDeque<_> = makers.collect();
        let threads = makers.len();
        let mut lines = first;
        if threads == 0 {
            // none may be started: this one does it all
            let mut buffer = vec![0; LARGEST_RECEIPT];
            while !lines.is_empty() {
                let mut rows = lines.iter().map(|line| Row::read(line, source, &mut buffer));
                rows.try_for_each(&mut take)?;
                lines = next()?;
            }
            return Ok(());
        }
        let mut ahead = 0;
        while !lines.is_empty() && ahead < threads * AHEAD {
            if let Some(maker) = makers.front() {
                maker.make(mem::take(&mut lines));
            }
            makers.rotate_left(1);
            ahead += 1;
            lines = next()?;
        }
        makers.rotate_right(ahead % threads); // the one with the oldest part is the first again
        while ahead > 0 {
            if let Some(maker) = makers.front() {
                maker.made().into_iter().try_for_each(&mut take)?;
                ahead -= 1;
                if !lines.is_empty() {
                    maker.make(mem::take(&mut lines));
                    ahead += 1;
                    lines = next()?;
                }
            }
            makers.rotate_left(1);
        }
        Ok(())
    })
}

/// A thread that makes rows, a part of the lines after the other.
struct Maker {
    lines: Sender<Vec<Listed>>,
    rows: Receiver<Vec<Row>>,
}

impl Maker {
    fn start<'scope>(scope: &'scope Scope<'scope, '_>, source: Source<'scope>) -> io::Result<Self> {
        let (lines, to_make) = mpsc::channel::<Vec<Listed>>();
        let (made, rows) = mpsc::channel();
        thread::Builder::new().spawn_scoped(scope, move || {
            let mut buffer = vec![0; LARGEST_RECEIPT]; // its pages are the kernel's until they are written to
            for lines in to_make {
                let rows = lines.iter().map(|line| Row::read(line, source, &mut buffer));
                if made.send(rows.collect()).is_err() {
                    break; // nobody takes them any more
                }
            }
        })?;
        Ok(Self { lines, rows })
    }

    fn make(&self, lines: Vec<Listed>) {
        let _ = self.lines.send(lines); // a thread that has panicked ends the scope likewise
    }

    /// The rows of the oldest part.
    fn made(&self) -> Vec<Row> {
        self.rows.recv().unwrap_or_default() // as above
    }
}
