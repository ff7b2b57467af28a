//! Reads a stream from the network, and keeps what has come of it whatever ends that.

use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::body::BodyChunks;
use super::chunk_file::{ChunkFile, write_error};
use super::reader::{Content, StreamReader};
use crate::failure::Failure;

/// How often the log reports progress.
const PROGRESS: Duration = Duration::from_secs(1);

/// A reader, shared by the task that feeds it and the one that waits for that task.
#[derive(Clone)]
pub(super) struct Reading(Arc<Mutex<StreamReader<ChunkFile>>>);

impl Reading {
    pub(super) fn new(reader: StreamReader<ChunkFile>) -> Self {
        Self(Arc::new(Mutex::new(reader)))
    }

    /// Reads a body to its end, and returns whether a part of an answer has come, which is worth keeping.
    pub(super) async fn read(self, mut body: BodyChunks) -> (Result<Content, Failure>, bool) {
        let fed = self.feed_all(&mut body).await;
        let mut reader = self.lock();
        let content = fed.and_then(|()| reader.finish());
        if content.is_err() {
            reader.keep_rest();
        }
        let content = match reader.chunks.flush() {
            Ok(()) => content,
            Err(error) => content.and(Err(write_error(error).into())),
        };
        (content, reader.has_begun)
    }

    async fn feed_all(&self, body: &mut BodyChunks) -> Result<(), Failure> {
        let mut reported = body.since;
        while !self.lock().is_done
            && let Some(bytes) = body.next().await?
        {
            let mut reader = self.lock();
            reader.feed(&bytes)?;
            if body.since - reported >= PROGRESS {
                reported = body.since;
                reader.log("progress");
            }
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, StreamReader<ChunkFile>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes what has come when it is dropped, in case the run ends in the middle of the stream.
pub(super) struct KeepOnDrop(pub(super) Reading);

impl Drop for KeepOnDrop {
    fn drop(&mut self) {
        let mut reader = self.0.lock();
        reader.keep_rest(); // nothing is left of a stream that was read to its end
        let _ = reader.chunks.flush(); // its errors have been reported before
    }
}
