//! The lines of a batch, one after the other: memory does not grow with the file.

use std::io::{self, BufReader, Read};
use std::sync::Arc;

use super::file::BatchFile;
use super::line::{Limited, Line, read_line};
use super::unusable::too_long;
use crate::error::Error;

/// The lines of a file that are not blank.
pub(super) struct Lines {
    reader: BufReader<Cursor>,
    number: u64,
    /// Where the next line begins.
    offset: u64,
}

/// A reading position of its own in a file that others read too.
struct Cursor {
    file: Arc<BatchFile>,
    offset: u64,
}

impl Lines {
    /// From the beginning.
    pub(super) fn new(file: Arc<BatchFile>) -> Self {
        Self {
            reader: BufReader::new(Cursor { file, offset: 0 }),
            number: 0,
            offset: 0,
        }
    }

    /// The next line that is not blank, and its bytes.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE`: the file cannot be read any further.
    pub(super) fn next(&mut self) -> Result<Option<(Line, Vec<u8>)>, Error> {
        let mut bytes = Vec::new();
        loop {
            let read = read_line(&mut self.reader, &mut bytes);
            self.number += 1;
            let unusable = |why: String| self.reader.get_ref().file.unusable(&why);
            match read {
                Ok(Limited::End) => return Ok(None),
                Ok(Limited::Line) => {}
                Ok(Limited::TooLong) => return Err(unusable(too_long(self.number))),
                Err(error) => return Err(unusable(format!("cannot be read: {error}"))),
            }
            let offset = self.offset;
            self.offset += bytes.len() as u64;
            if bytes.ends_with(b"\n") {
                bytes.pop();
            }
            if !bytes.trim_ascii().is_empty() {
                let line = Line {
                    number: self.number,
                    offset,
                    length: bytes.len(),
                };
                return Ok(Some((line, bytes)));
            }
        }
    }
}

impl Read for Cursor {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.offset)?;
        self.offset += read as u64;
        Ok(read)
    }
}
