//! Files and directories that get their names when they are whole, and the removal of those that killed runs left.

use std::fs::{File, Metadata, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use tempfile::{Builder, NamedTempFile, TempDir};

/// What a name begins with until then: long enough that nobody else's does.
const UNFINISHED: &str = ".counterfoil-unfinished-";
/// How often a name is lost to somebody who takes it for one of a killed run.
const TRIES: usize = 16;

/// A file or directory without its name. It is removed if it never gets one.
pub(crate) struct Unfinished<T> {
    pub(crate) entry: T,
    /// Its advisory lock: a run has it. A file system may have no locks.
    _lock: Option<File>,
}

/// Makes a directory.
///
/// # Errors
///
/// Those of the disk.
pub(crate) fn directory(parent: &Path) -> io::Result<Unfinished<TempDir>> {
    locked(
        || builder(0o777).tempdir_in(parent),
        |dir| Ok((dir.path().metadata()?, File::open(dir.path())?)),
    )
}

/// Makes a file.
///
/// # Errors
///
/// Those of the disk.
pub(crate) fn file(parent: &Path) -> io::Result<Unfinished<NamedTempFile>> {
    locked(
        || builder(0o666).tempfile_in(parent),
        |file| Ok((file.path().metadata()?, file.as_file().try_clone()?)),
    )
}

/// Removes what runs left there that are no more. What cannot be removed stays: it is in nobody's way.
pub(crate) fn remove_left(parent: &Path) {
    for entry in parent.read_dir().into_iter().flatten().flatten() {
        let is_unfinished = entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(UNFINISHED.as_bytes());
        let Ok(file_type) = entry.file_type() else {
            continue;
        };
        if !is_unfinished || !(file_type.is_dir() || file_type.is_file()) {
            continue;
        }
        let path = entry.path();
        let Ok(lock) = File::open(&path) else {
            continue;
        };
        if lock.try_lock().is_ok() {
            let _ = if file_type.is_dir() {
                std::fs::remove_dir_all(&path)
            } else {
                std::fs::remove_file(&path)
            };
        }
    }
}

fn builder(mode: u32) -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    builder
        .prefix(UNFINISHED)
        .permissions(Permissions::from_mode(mode)); // less what the umask takes away
    builder
}

/// Makes something and locks it, before anybody has taken it for that of a killed run.
fn locked<T>(
    make: impl Fn() -> io::Result<T>,
    open: impl Fn(&T) -> io::Result<(Metadata, File)>,
) -> io::Result<Unfinished<T>> {
    for _ in 0..TRIES {
        let entry = make()?;
        let Ok((_, lock)) = open(&entry) else {
            continue; // removed
        };
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => continue, // about to be removed
            // a file system without locks, where nobody removes anything either
            Err(TryLockError::Error(_)) => return Ok(Unfinished { entry, _lock: None }),
        }
        let is_there = open(&entry).is_ok_and(|(there, _)| {
            lock.metadata()
                .is_ok_and(|own| (own.dev(), own.ino()) == (there.dev(), there.ino()))
        });
        if is_there {
            return Ok(Unfinished {
                entry,
                _lock: Some(lock),
            });
        }
    }
    Err(io::Error::other(
        "what is written is removed at once by somebody else",
    ))
}
