//! The lines of a batch, one at a time: memory does not grow with the file.

use std::fs::{File, Metadata};
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use documents::ErrorCode;
use tokio::sync::mpsc::{Receiver, channel};

use crate::error::Error;
use crate::session::Session;

/// The largest inputs document, in bytes.
const LARGEST: u64 = documents::inputs::LARGEST;

/// How many lines are read before there is room for them; each may be as large as a document.
const AHEAD: usize = 2;

/// The lines of a file or of standard input.
pub(super) struct Lines {
    reader: BufReader<Box<dyn Read + Send>>,
    /// The file, where it is a regular one: its lines can be read again.
    file: Option<Arc<File>>,
    number: u64,
    /// Where the next line begins.
    offset: u64,
}

/// One line that is not blank.
pub(super) struct Line {
    /// From 1; blank lines count.
    pub(super) number: u64,
    pub(super) document: Result<Vec<u8>, Error>,
    pub(super) source: LineSource,
}

/// Where a line is found again: a file keeps it, a pipe does not.
#[derive(Debug)]
pub(super) enum LineSource {
    InFile {
        file: Arc<File>,
        offset: u64,
        length: usize,
    },
    InMemory(Vec<u8>),
}

impl LineSource {
    /// Reads the line once more.
    pub(super) fn read(&self) -> io::Result<Vec<u8>> {
        match self {
            Self::InFile { file, offset, length } => {
                let mut line = vec![0; *length];
                file.read_exact_at(&mut line, *offset)?;
                Ok(line)
            }
            Self::InMemory(line) => Ok(line.clone()),
        }
    }

    /// How much memory it takes.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::InFile { .. } => 0,
            Self::InMemory(line) => line.len(),
        }
    }
}

/// Where a batch takes its lines from.
pub(super) enum Source {
    File(Lines),
    Pipe(Receiver<io::Result<Line>>),
}

impl Source {
    /// The next line that is not blank.
    pub(super) async fn next(&mut self) -> Option<io::Result<Line>> {
        match self {
            Self::File(lines) => lines.next().transpose(),
            Self::Pipe(lines) => lines.recv().await,
        }
    }

    /// How many lines are left in a file; nobody knows how many a pipe has.
    pub(super) fn count_rest(&mut self) -> io::Result<u64> {
        match self {
            Self::File(lines) => lines.count(),
            Self::Pipe(_) => Ok(0),
        }
    }
}

impl Lines {
    /// Opens a file, or standard input for `-`.
    pub(super) fn open(path: &Path, session: &Session) -> Result<Self, Error> {
        let lines = |reader, file| Self {
            reader: BufReader::new(reader),
            file,
            number: 0,
            offset: 0,
        };
        if path.as_os_str() == "-" {
            return Ok(lines(session.stdin(), None));
        }
        let cannot =
            |why: String| Error::new(ErrorCode::Usage, format!("the batch {} {why}", path.display()));
        let not_opened = |error| cannot(format!("cannot be opened: {error}"));
        let file = File::open(session.environment.path(path)).map_err(not_opened)?;
        let metadata = file.metadata();
        if metadata.as_ref().is_ok_and(Metadata::is_dir) {
            return Err(cannot("is a directory".into()).hint("name a file of JSON lines"));
        }
        let again = if metadata.is_ok_and(|metadata| metadata.is_file()) {
            Some(Arc::new(file.try_clone().map_err(not_opened)?))
        } else {
            None
        };
        Ok(lines(Box::new(file), again))
    }

    /// Whether it is a regular file: another call finds the same lines there.
    pub(super) const fn is_file(&self) -> bool {
        self.file.is_some()
    }

    /// Makes lines that can be waited for: a file has them at once, but the writer of a pipe may be slow.
    pub(super) fn into_source(self) -> Source {
        if self.is_file() {
            Source::File(self)
        } else {
            Source::Pipe(self.read_ahead())
        }
    }

    /// How many lines are left that are not blank.
    fn count(&mut self) -> io::Result<u64> {
        let mut count = 0;
        while self.next()?.is_some() {
            count += 1;
        }
        Ok(count)
    }

    /// Reads on a thread of its own, which waits for the writer of the lines; nobody waits for the thread.
    fn read_ahead(mut self) -> Receiver<io::Result<Line>> {
        let (sender, receiver) = channel(AHEAD);
        std::thread::spawn(move || {
            while let Some(line) = self.next().transpose() {
                let is_last = line.is_err();
                if sender.blocking_send(line).is_err() || is_last {
                    return;
                }
            }
        });
        receiver
    }

    /// The next line that is not blank.
    fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            let mut line = Vec::new();
            // its newline, and one byte that marks a longer one
            let read = self
                .reader
                .by_ref()
                .take(LARGEST + 2)
                .read_until(b'\n', &mut line)?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            let offset = self.offset;
            self.offset += read as u64;
            let is_whole = line.ends_with(b"\n");
            if is_whole {
                line.pop();
            }
            if line.len() as u64 > LARGEST {
                if !is_whole {
                    self.offset += self.reader.skip_until(b'\n')? as u64;
                }
                return Ok(Some(Line {
                    number: self.number,
                    source: LineSource::InMemory(Vec::new()),
                    document: Err(Error::new(
                        ErrorCode::Inputs,
                        "the inputs document is larger than 64 MiB; put large data into files",
                    )),
                }));
            }
            if !line.trim_ascii().is_empty() {
                let source = match &self.file {
                    Some(file) => LineSource::InFile {
                        file: Arc::clone(file),
                        offset,
                        length: line.len(),
                    },
                    None => LineSource::InMemory(line.clone()),
                };
                return Ok(Some(Line {
                    number: self.number,
                    document: Ok(line),
                    source,
                }));
            }
        }
    }
}
