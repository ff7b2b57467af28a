//! All artifacts below a path of this machine.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use documents::{Error, ExecutionId, WorldPath, WritePrefix};

use super::artifacts::read_error;
use super::dir::Dir;
use super::store::LocalStore;
use crate::artifacts::{Artifact, Artifacts, Entry, ReadError};
use crate::execution::ExecutionStore;
use crate::store::{NewFile, Store};

/// What the name of a file begins with until it is published.
pub(super) const NEW: &str = ".new-";

/// The artifacts below an absolute path. The directory is made when something is written.
#[derive(Clone, Debug)]
pub struct Root(PathBuf);

impl Root {
    /// The artifacts below this path.
    #[must_use]
    pub const fn new(path: PathBuf) -> Self {
        Self(path)
    }

    fn dir(&self) -> Result<Dir, ReadError> {
        Dir::open(&self.0).map_err(read_error)
    }
}

impl Artifacts for Root {
    fn open(&self, path: &WorldPath) -> Result<Artifact, ReadError> {
        Artifacts::open(&self.dir()?, path)
    }

    fn list(&self, dir: &[&str]) -> Result<Vec<Entry>, ReadError> {
        self.dir()?.list(dir)
    }

    fn has_file(&self, path: &WorldPath) -> bool {
        self.dir().is_ok_and(|root| root.has_file(path))
    }

    fn is_leased(&self, dir: &[&str]) -> bool {
        self.dir().is_ok_and(|root| root.is_leased(dir))
    }
}

impl Store for Root {
    fn execution(&self, prefix: WritePrefix, id: ExecutionId) -> Result<Box<dyn ExecutionStore>, Error> {
        Ok(Box::new(LocalStore::open(&self.0, prefix, id)?))
    }

    fn create(&self) -> io::Result<Box<dyn NewFile>> {
        std::fs::create_dir_all(&self.0)?;
        let root = Dir::open(&self.0)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let name = format!("{NEW}{}-{}", std::process::id(), now.as_nanos());
        let file = root.write_file(&name, &[])?;
        let _ = file.try_lock(); // where there are locks, nobody takes it for that of a killed run
        Ok(Box::new(LocalFile { root, name, file }))
    }

    fn host_path(&self) -> Option<&Path> {
        Some(&self.0)
    }
}

/// A file in the root itself, which is on one file system with everything below.
#[derive(Debug)]
struct LocalFile {
    root: Dir,
    name: String,
    file: File,
}

impl Write for LocalFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl NewFile for LocalFile {
    fn publish(self: Box<Self>, path: &WorldPath) -> io::Result<()> {
        self.move_to(path, Dir::rename)
    }

    fn publish_new(self: Box<Self>, path: &WorldPath) -> io::Result<()> {
        self.move_to(path, Dir::rename_new)
    }
}

impl LocalFile {
    fn move_to(
        &self,
        path: &WorldPath,
        rename: impl FnOnce(&Dir, &str, &Dir, &str) -> io::Result<()>,
    ) -> io::Result<()> {
        self.file.sync_all()?;
        let (dirs, name) = path.split();
        let mut above = Vec::new();
        let mut dir = self.root.clone();
        for segment in dirs {
            above.push(dir.clone());
            dir = dir.make_child(segment)?;
        }
        rename(&self.root, &self.name, &dir, name)?;
        dir.sync()?;
        above.iter().try_for_each(Dir::sync)
    }
}

impl Drop for LocalFile {
    fn drop(&mut self) {
        let _ = self.root.remove_file(&self.name); // published, it has another name
    }
}
