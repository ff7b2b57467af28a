//! The lines of a batch, one at a time: memory does not grow with the file.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;

use contracts::{ErrorCode, ProcessorError};

/// The largest inputs document, in bytes.
const LARGEST: u64 = contracts::inputs::LARGEST;

/// The lines of a file or of standard input.
pub(super) struct Lines {
    reader: Box<dyn BufRead + Send>,
    number: u64,
}

/// One line that is not blank.
pub(super) struct Line {
    /// From 1; blank lines count.
    pub(super) number: u64,
    pub(super) document: Result<Vec<u8>, ProcessorError>,
}

impl Lines {
    pub(super) fn open(path: &Path) -> Result<Self, ProcessorError> {
        let reader: Box<dyn BufRead + Send> = match path.as_os_str() == "-" {
            true => Box::new(BufReader::new(io::stdin())),
            false => {
                let cannot = |why: String| {
                    ProcessorError::new(ErrorCode::Usage, format!("the batch {} {why}", path.display()))
                };
                let file = File::open(path).map_err(|error| cannot(format!("cannot be opened: {error}")))?;
                if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
                    return Err(cannot("is a folder; name a file of JSON lines".into()));
                }
                Box::new(BufReader::new(file))
            }
        };
        Ok(Self { reader, number: 0 })
    }

    /// The next line that is not blank.
    ///
    /// # Errors
    ///
    /// Those of reading.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
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
