//! The secrets of one container, as files on memory that its user alone can read.

use std::ffi::OsStr;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use documents::ErrorCode;
use rustix::fs::OFlags;

use super::user::User;
use crate::environment::Environment;
use crate::error::Error;

/// How the names of all such directories begin.
const PREFIX: &str = "counterfoil-secrets-";
/// A file system on memory that everybody has.
const SHARED_MEMORY: &str = "/dev/shm";
/// How often a directory is made again that another run has taken for one that was left.
const TRIES: usize = 8;

/// `statfs(2)`'s names of file systems on memory: tmpfs and ramfs.
const ON_MEMORY: [u32; 2] = [0x0102_1994, 0x8584_58f6];

/// A directory with a file per secret. It is removed when this is dropped; the lock lasts as long as this process, and says
/// that somebody needs it.
#[derive(Debug)]
pub(super) struct SecretFiles {
    dir: PathBuf,
    _lock: File,
}

impl SecretFiles {
    /// Writes a file per secret for a user.
    ///
    /// # Errors
    ///
    /// `ERR_ADAPTER_INVOCATION` where this machine has no directory on memory, or it cannot be written.
    pub(super) fn write<'a>(
        secrets: impl IntoIterator<Item = (&'a str, &'a OsStr)>,
        user: User,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let mut refused = None;
        let mut made = None;
        for base in bases(environment) {
            match create(&base) {
                Ok(files) => {
                    made = Some(files);
                    break;
                }
                Err(error) => refused = Some(error),
            }
        }
        let files = made.ok_or_else(|| cannot(refused))?;
        files.fill(secrets, user).map_err(|error| cannot(Some(error)))?;
        Ok(files)
    }

    pub(super) fn path(&self) -> &Path {
        &self.dir
    }

    fn fill<'a>(
        &self,
        secrets: impl IntoIterator<Item = (&'a str, &'a OsStr)>,
        user: User,
    ) -> io::Result<()> {
        for (name, value) in secrets {
            let path = self.dir.join(name);
            let mut options = OpenOptions::new();
            let mut file = options.write(true).create_new(true).mode(0o400).open(&path)?;
            file.write_all(value.as_bytes())?;
            user.own(&path)?;
        }
        user.own(&self.dir)
    }
}

impl Drop for SecretFiles {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.dir) {
            tracing::warn!(%error, "secrets_not_removed");
        }
    }
}

/// Removes what runs have left that were killed.
pub(super) fn sweep(environment: &Environment) {
    for base in bases(environment) {
        let entries = std::fs::read_dir(base).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| entry.file_name().as_bytes().starts_with(PREFIX.as_bytes())) {
            let path = entry.path();
            let is_left = lock(&path).is_ok_and(|lock| lock.is_some_and(|lock| User::may_own(&lock)));
            if is_left {
                match std::fs::remove_dir_all(&path) {
                    Ok(()) => tracing::info!("left_secrets_removed"),
                    Err(error) => tracing::debug!(%error, "left_secrets_not_removed"), // somebody else's
                }
            }
        }
    }
}

/// The directories on memory of this machine, the user's own first.
fn bases(environment: &Environment) -> Vec<PathBuf> {
    let own = environment.get("XDG_RUNTIME_DIR").map(PathBuf::from);
    let own = own.filter(|dir| dir.is_absolute());
    own.into_iter()
        .chain([SHARED_MEMORY.into()])
        .filter(|dir| is_on_memory(dir))
        .collect()
}

fn is_on_memory(dir: &Path) -> bool {
    rustix::fs::statfs(dir)
        .is_ok_and(|system| u32::try_from(system.f_type).is_ok_and(|name| ON_MEMORY.contains(&name)))
}

/// Makes an empty directory and locks it.
fn create(base: &Path) -> io::Result<SecretFiles> {
    for _ in 0..TRIES {
        let dir = base.join(format!("{PREFIX}{}", uuid::Uuid::now_v7().simple()));
        DirBuilder::new().mode(0o700).create(&dir)?;
        // another run may have found it unlocked, and removed it
        if let Some(lock) = lock(&dir).ok().flatten()
            && let (Ok(locked), Ok(there)) = (lock.metadata(), dir.symlink_metadata())
            && (locked.dev(), locked.ino()) == (there.dev(), there.ino())
        {
            return Ok(SecretFiles { dir, _lock: lock });
        }
    }
    Err(io::ErrorKind::ResourceBusy.into())
}

/// Locks a directory; `None` where a living run has it.
fn lock(dir: &Path) -> io::Result<Option<File>> {
    let flags = (OFlags::DIRECTORY | OFlags::NOFOLLOW).bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(dir)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn cannot(error: Option<io::Error>) -> Error {
    let what = match error {
        None => "this machine has no directory on memory for the secrets of a container: neither XDG_RUNTIME_DIR nor \
                 /dev/shm is on a tmpfs"
            .to_owned(),
        Some(error) => format!("the secrets of a container cannot be written to memory: {error}"),
    };
    Error::new(ErrorCode::AdapterInvocation, what)
        .hint("mount a tmpfs at /dev/shm that you can write, or use `--engine process`")
}
