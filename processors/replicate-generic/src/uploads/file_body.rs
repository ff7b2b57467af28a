//! An input file as the body of a request, hashed while it is sent.

use std::io::{self, Read as _};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use runtime::{Hasher, InputReader};

const CHUNK: usize = 64 * 1024;

/// Set once a file is sent: its SHA-256, or `None` if it could not be read.
pub(super) type Sent = Arc<OnceLock<Option<String>>>;

/// A file as the body of a request, of the length that it had when it was opened.
pub(super) struct FileBody {
    reader: InputReader,
    pub(super) left: u64,
    hasher: Hasher,
    sent: Sent,
}

impl FileBody {
    pub(super) fn new(reader: InputReader, sent: Sent) -> Self {
        Self {
            left: reader.size(),
            reader,
            hasher: Hasher::default(),
            sent,
        }
    }

    /// Reads the next chunk. The last one comes only after the end of the file has been seen and its hash is known.
    fn read_chunk(&mut self) -> io::Result<Bytes> {
        let mut chunk = vec![0; usize::try_from(self.left).unwrap_or(CHUNK).min(CHUNK)];
        self.reader.read_exact(&mut chunk)?;
        self.hasher.update(&chunk);
        self.left -= chunk.len() as u64;
        if self.left == 0 {
            if self.reader.read(&mut [0])? > 0 {
                return Err(io::ErrorKind::InvalidData.into());
            }
            let hasher = std::mem::take(&mut self.hasher);
            self.sent.get_or_init(|| Some(hasher.finish()));
        }
        Ok(chunk.into())
    }
}

impl http_body::Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let chunk = self.read_chunk().inspect_err(|_| {
            self.sent.get_or_init(|| None);
        });
        Poll::Ready(Some(chunk.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
