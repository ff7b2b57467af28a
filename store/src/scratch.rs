//! Files of the scratch dir that are hashed as they are written, so that large ones are read by nobody again.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use documents::hash::Hasher;
use documents::{Error, ErrorCode};

/// How many chunks may wait to be hashed: they are memory.
const QUEUE_LENGTH: usize = 4;

/// A file that is being written, from its beginning to its end.
#[derive(Debug)]
pub struct ScratchFile {
    path: PathBuf,
    file: File,
    size: u64,
    /// Of what was written, unless a thread has it.
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

/// A thread that hashes what it is sent, and gives the digest back when nothing more can come.
#[derive(Debug)]
struct HasherThread {
    chunks: SyncSender<Chunk>,
    thread: JoinHandle<Hasher>,
}

/// Bytes that somebody else may read at the same time.
type Chunk = Box<dyn AsRef<[u8]> + Send>;

impl ScratchFile {
    /// Makes a new file.
    ///
    /// # Errors
    ///
    /// Those of the disk; `AlreadyExists` where there is one of this name.
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

    /// Writes a chunk, while another thread hashes it: for those who have much to write.
    ///
    /// # Errors
    ///
    /// Those of the disk, and of the system where there can be no other thread.
    pub fn write_concurrently(&mut self, chunk: impl AsRef<[u8]> + Clone + Send + 'static) -> io::Result<()> {
        let hasher_thread = match self.hasher_thread.take() {
            Some(hasher_thread) => hasher_thread,
            None => HasherThread::start(std::mem::take(&mut self.hasher))?,
        };
        let hasher_thread = self.hasher_thread.insert(hasher_thread);
        hasher_thread
            .chunks
            .send(Box::new(chunk.clone()))
            .map_err(|_| ended())?;
        self.file.write_all(chunk.as_ref())?;
        self.size += chunk.as_ref().len() as u64;
        Ok(())
    }

    /// Begins again with an empty file.
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

    /// Ends the file.
    ///
    /// # Errors
    ///
    /// Where the thread that hashed it has not come to its end.
    pub fn finish(mut self) -> io::Result<HashedFile> {
        self.catch_up()?;
        Ok(HashedFile {
            path: self.path,
            size_bytes: self.size,
            sha256: self.hasher.finish(),
        })
    }

    /// Waits until all that was written is hashed.
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
    /// `ERR_PROCESSOR` where it is not as long any more.
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

#[cfg(test)]
mod tests {
    use super::*;
    use documents::hash::sha256;

    #[test]
    fn what_is_written_is_hashed() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("a");
        let mut file = ScratchFile::create(path.clone()).unwrap();
        assert!(ScratchFile::create(path.clone()).is_err());
        file.write_all(b"a first try that is longer").unwrap();
        file.restart().unwrap();
        file.write_all(b"o").unwrap();
        file.write_concurrently("ne").unwrap();
        file.write_concurrently(vec![b' ']).unwrap();
        file.write_all(b"two").unwrap();
        assert_eq!(file.size(), 7);
        let written = file.finish().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"one two");
        assert_eq!(
            (written.sha256(), written.size()),
            (sha256(b"one two").as_str(), 7)
        );
        std::fs::write(&path, b"one").unwrap();
        assert!(written.check(&File::open(&path).unwrap()).is_err());
    }
}
