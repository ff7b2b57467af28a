//! One line of a batch.

use std::io::{self, BufRead, Read as _};

use documents::inputs::LARGEST;

/// Where a line is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Line {
    /// From 1; blank lines count.
    pub(super) number: u64,
    /// Where it begins, in bytes.
    pub(super) offset: u64,
    /// Without its newline.
    pub(super) length: usize,
}

/// What was read of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limited {
    /// A line, with its newline but for the last one.
    Line,
    /// The beginning of a line that is larger than an inputs document may be.
    TooLong,
    End,
}

/// Replaces `line` by the next line.
pub(super) fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Limited> {
    line.clear();
    // its newline, and one byte that marks a longer one
    let read = reader.take(LARGEST + 2).read_until(b'\n', line)?;
    let newline = usize::from(line.ends_with(b"\n"));
    Ok(match (read, (read - newline) as u64 > LARGEST) {
        (0, _) => Limited::End,
        (_, true) => Limited::TooLong,
        (_, false) => Limited::Line,
    })
}
