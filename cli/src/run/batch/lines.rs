//! The lines of a batch, one at a time: memory does not grow with the file.

use std::fs::{File, Metadata};
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;

use contracts::{ErrorCode, ProcessorError};
use tokio::sync::mpsc::{Receiver, channel};

/// The largest inputs document, in bytes.
const LARGEST: u64 = contracts::inputs::LARGEST;

/// How many lines are read before there is room for them; each may be as large as a document.
const AHEAD: usize = 2;

/// The lines of a file or of standard input.
pub(super) struct Lines {
    reader: Box<dyn BufRead + Send>,
    is_file: bool,
    number: u64,
}

/// One line that is not blank.
pub(super) struct Line {
    /// From 1; blank lines count.
    pub(super) number: u64,
    pub(super) document: Result<Vec<u8>, ProcessorError>,
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
}

impl Lines {
    pub(super) fn open(path: &Path) -> Result<Self, ProcessorError> {
        let (reader, is_file): (Box<dyn BufRead + Send>, bool) = match path.as_os_str() == "-" {
            true => (Box::new(BufReader::new(io::stdin())), false),
            false => {
                let cannot = |why: String| {
                    ProcessorError::new(ErrorCode::Usage, format!("the batch {} {why}", path.display()))
                };
                let file = File::open(path).map_err(|error| cannot(format!("cannot be opened: {error}")))?;
                let metadata = file.metadata();
                if metadata.as_ref().is_ok_and(Metadata::is_dir) {
                    return Err(cannot("is a folder; name a file of JSON lines".into()));
                }
                let is_file = metadata.is_ok_and(|metadata| metadata.is_file());
                (Box::new(BufReader::new(file)), is_file)
            }
        };
        Ok(Self {
            reader,
            is_file,
            number: 0,
        })
    }

    /// Whether it is a regular file: another call finds the same lines there.
    pub(super) const fn is_file(&self) -> bool {
        self.is_file
    }

    /// Makes lines that can be waited for: a file has them at once, but who writes into a pipe may take his time.
    pub(super) fn into_source(self) -> Source {
        match self.is_file {
            true => Source::File(self),
            false => Source::Pipe(self.read_ahead()),
        }
    }

    /// Reads on a thread of its own, which waits for whoever writes the lines; nobody waits for the thread.
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
            // its newline, and one byte that tells a longer one
            let read = self
                .reader
                .by_ref()
                .take(LARGEST + 2)
                .read_until(b'\n', &mut line)?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            let is_whole = line.ends_with(b"\n");
            if is_whole {
                line.pop();
            }
            if line.len() as u64 > LARGEST {
                if !is_whole {
                    self.reader.skip_until(b'\n')?;
                }
                return Ok(Some(Line {
                    number: self.number,
                    document: Err(ProcessorError::new(
                        ErrorCode::Inputs,
                        "the inputs document is larger than 64 MiB; put large data into files",
                    )),
                }));
            }
            if !line.trim_ascii().is_empty() {
                return Ok(Some(Line {
                    number: self.number,
                    document: Ok(line),
                }));
            }
        }
    }
}
