//! The lines of a batch, one after the other: memory does not grow with the file.

use std::io::{self, BufReader, Read};
use std::sync::Arc;

use documents::inputs::LARGEST;

use super::file::BatchFile;
use super::line::{Limited, Line, read_line};
use super::unusable::too_long;
use crate::error::Error;
use crate::run::format::{Reader, Records};

/// The lines of a file that are not blank; of CSV, those that have something in a field.
pub(super) struct Lines {
    reader: BufReader<Cursor>,
    number: u64,
    /// Where the next line begins.
    offset: u64,
    /// What is between fields, where lines are records of CSV.
    delimiter: Option<u8>,
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
            delimiter: None,
        }
    }

    /// The records of CSV, each of which may have several lines, from the header on.
    pub(super) fn records(file: Arc<BatchFile>, delimiter: u8) -> Self {
        Self {
            delimiter: Some(delimiter),
            ..Self::new(file)
        }
    }

    /// What a reader reads: all lines, or the records below the header.
    ///
    /// # Errors
    ///
    /// As [`Self::next`].
    pub(super) fn of(reader: &Reader, file: Arc<BatchFile>) -> Result<Self, Error> {
        let Some(delimiter) = reader.delimiter() else {
            return Ok(Self::new(file));
        };
        let mut records = Self::records(file, delimiter);
        records.next()?;
        Ok(records)
    }

    /// The next line that is not blank, and its bytes.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE`: the file cannot be read any further.
    pub(super) fn next(&mut self) -> Result<Option<(Line, Vec<u8>)>, Error> {
        let mut bytes = Vec::new();
        loop {
            let (number, offset) = (self.number + 1, self.offset);
            if !self.read(&mut bytes)? {
                return Ok(None);
            }
            if let Some(delimiter) = self.delimiter {
                self.read_rest(&mut bytes, delimiter, number)?;
            }
            if bytes.ends_with(b"\n") {
                bytes.pop();
            }
            // spreadsheets end with rows that have nothing between their delimiters
            let is_blank = |byte: &u8| byte.is_ascii_whitespace() || Some(*byte) == self.delimiter;
            if !bytes.iter().all(is_blank) {
                let line = Line {
                    number,
                    offset,
                    length: bytes.len(),
                };
                return Ok(Some((line, bytes)));
            }
        }
    }

    /// Replaces the bytes by the next line; whether there is one.
    fn read(&mut self, bytes: &mut Vec<u8>) -> Result<bool, Error> {
        let read = read_line(&mut self.reader, bytes);
        self.number += 1;
        let unusable = |why: String| Err(self.reader.get_ref().file.unusable(&why));
        match read {
            Ok(Limited::End) => Ok(false),
            Ok(Limited::Line) => {
                self.offset += bytes.len() as u64;
                Ok(true)
            }
            Ok(Limited::TooLong) => unusable(too_long(self.number)),
            Err(error) => unusable(format!("cannot be read: {error}")),
        }
    }

    /// Adds the further lines of a record.
    fn read_rest(&mut self, record: &mut Vec<u8>, delimiter: u8, number: u64) -> Result<(), Error> {
        let mut records = Records::new(delimiter);
        let mut line = Vec::new();
        let mut goes_on = records.goes_on_after(record);
        while goes_on && self.read(&mut line)? {
            if (record.len() + line.len()) as u64 > LARGEST {
                return Err(self.reader.get_ref().file.unusable(&too_long(number)));
            }
            record.extend_from_slice(&line);
            goes_on = records.goes_on_after(&line);
        }
        Ok(())
    }
}

impl Read for Cursor {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.offset)?;
        self.offset += read as u64;
        Ok(read)
    }
}
