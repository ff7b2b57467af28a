//! Scratch files that are hashed as they are written, so that large ones are not read again.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use documents::hash::Hasher;
use documents::{Error, ErrorCode};

/// How many chunks may wait in memory to be hashed.
const QUEUE_LENGTH: usize = 4;

/// A file that is being written, from its beginning to its end.
#[derive(Debug)]
pub struct ScratchFile {
    path: PathBuf,
    file: File,
    size: u64,
    /// Has hashed what was written, unless a thread has it.
    hasher: Hasher,
    hasher_thread: Option<HasherThread>,
}

/// A finished [`ScratchFile`]: an output's content with its digest.
#[derive(Debug)]
pub struct HashedFile {
    path: PathBuf,
    sha256: String,
    size_bytes: u64,
}

/// A thread that hashes what it is sent, and returns the hasher when the channel closes.
#[derive(Debug)]
struct HasherThread {
    chunks: SyncSender<Chunk>,
    thread: JoinHandle<Hasher>,
}

/// Bytes that two threads may read at the same time.
type Chunk = Box<dyn AsRef<[u8]> + Send>;

impl ScratchFile {
    /// Creates a new file.
    ///
    /// # Errors
    ///
    /// Those of the disk; `AlreadyExists` when the name is taken.
    pub fn create(path: PathBuf) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        Ok(Self {
            path,
            file,
            size: 0,
            hasher: Hasher::default(),
            hasher_thread: None,
        })
    }

    /// How many bytes have been written.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Writes a chunk, while another thread hashes it; for large files.
    ///
    /// # Errors
    ///
    /// Those of the disk, and of starting the thread.
    pub fn write_concurrently(&mut self, chunk: impl AsRef<[u8]> + Clone + Send + 'static) -> io::Result<()> {
        let hasher = match self.hasher_thread.take() {
            Some(thread) => thread,
            None => HasherThread::start(std::mem::take(&mut self.hasher))?,
        };
        let chunks = &self.hasher_thread.insert(hasher).chunks;
        chunks.send(Box::new(chunk.clone())).map_err(|_| ended())?;
        self.file.write_all(chunk.as_ref())?;
        self.size += chunk.as_ref().len() as u64;
        Ok(())
    }

    /// Starts again with an empty file.
    ///
    /// # Errors
    ///
    /// Those of the disk.
    pub fn restart(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.size = 0;
        self.hasher = Hasher::default();
        self.hasher_thread = None;
        Ok(())
    }

    /// Finishes the file.
    ///
    /// # Errors
    ///
    /// When the thread that hashes it has panicked.
    pub fn finish(mut self) -> io::Result<HashedFile> {
        self.catch_up()?;
        Ok(HashedFile {
            path: self.path,
            size_bytes: self.size,
            sha256: self.hasher.finish(),
        })
    }

    /// Waits until everything that was written is hashed.
    fn catch_up(&mut self) -> io::Result<()> {
        if let Some(HasherThread { chunks, thread }) = self.hasher_thread.take() {
            drop(chunks);
            self.hasher = thread.join().map_err(|_| ended())?;
        }
        Ok(())
    }
}

impl HasherThread {
    fn start(mut hasher: Hasher) -> io::Result<Self> {
        let (chunks, receiver) = sync_channel::<Chunk>(QUEUE_LENGTH);
        let thread = thread::Builder::new().spawn(move || {
            for chunk in receiver {
                hasher.update((*chunk).as_ref());
            }
            hasher
        })?;
        Ok(Self { chunks, thread })
    }
}

fn ended() -> io::Error {
    io::Error::other("the thread that hashes has ended")
}

impl Write for ScratchFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.catch_up()?;
        let written = self.file.write(bytes)?;
        self.hasher.update(bytes.get(..written).unwrap_or(bytes));
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl HashedFile {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its SHA-256 in lower-case hex.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Its length.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size_bytes
    }

    /// Digest and size, for the file that is to be committed.
    ///
    /// # Errors
    ///
    /// `ERR_PROCESSOR` when its length has changed.
    pub(crate) fn check(self, file: &File) -> Result<(String, u64), Error> {
        match file.metadata().map(|metadata| metadata.len()) {
            Ok(length) if length == self.size_bytes => Ok((self.sha256, self.size_bytes)),
            Ok(_) | Err(_) => Err(Error::new(
                ErrorCode::Processor,
                "an output file was changed after the provider had written it",
            )),
        }
    }
}
