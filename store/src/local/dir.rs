//! A directory as an open descriptor: names are single segments, and no symbolic link below it is ever followed.

use std::ffi::CString;
use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use rustix::fs::{
    Access, AtFlags, Dir as Entries, FileType, Mode, OFlags, RawMode, RenameFlags, ResolveFlags,
};
use rustix::io::Errno;
use rustix::path::Arg;

/// An open directory.
#[derive(Clone, Debug)]
pub struct Dir(Arc<File>);

const DIR: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

impl Dir {
    /// Opens a directory by a path that the operator chose; symbolic links in it are followed.
    ///
    /// # Errors
    ///
    /// Those of `open`.
    pub fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = rustix::fs::open(path, flags, Mode::empty())?;
        Ok(Self(Arc::new(fd.into())))
    }

    /// Opens a child.
    ///
    /// # Errors
    ///
    /// Those of `openat`; `ELOOP` or `ENOTDIR` for a symbolic link.
    pub fn child(&self, name: &str) -> io::Result<Self> {
        let fd = rustix::fs::openat(&*self.0, name, DIR, Mode::empty())?;
        Ok(Self(Arc::new(fd.into())))
    }

    /// Opens a child, and makes it if it is missing.
    ///
    /// # Errors
    ///
    /// Those of [`Dir::child`] and `mkdirat`.
    pub fn make_child(&self, name: &str) -> io::Result<Self> {
        match self.child(name) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            found => return found,
        }
        match rustix::fs::mkdirat(&*self.0, name, Mode::from_raw_mode(0o777)) {
            Ok(()) | Err(Errno::EXIST) => self.child(name),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Opens a directory some levels below.
    ///
    /// # Errors
    ///
    /// Those of [`Dir::child`].
    pub fn open_below(&self, names: &[&str]) -> io::Result<Self> {
        names.iter().try_fold(self.clone(), |dir, name| dir.child(name))
    }

    /// The same, if it is there.
    pub(super) fn find_below(&self, names: &[&str]) -> io::Result<Option<Self>> {
        match self.open_below(names) {
            Ok(dir) => Ok(Some(dir)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Opens a regular file for reading.
    ///
    /// # Errors
    ///
    /// Those of `openat`; `ELOOP` for a symbolic link, `InvalidInput` for another file type.
    pub fn open_file(&self, name: &str) -> io::Result<File> {
        // NONBLOCK: a FIFO in the place of a file must not hang the run
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = File::from(rustix::fs::openat(&*self.0, name, flags, Mode::empty())?);
        if file.metadata()?.is_file() {
            Ok(file)
        } else {
            Err(io::Error::new(ErrorKind::InvalidInput, "not a regular file"))
        }
    }

    /// Reads a regular file, if there is one.
    ///
    /// # Errors
    ///
    /// Those of [`Dir::open_file`] and `read`.
    pub fn read_file(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        match self
            .open_file(name)
            .and_then(|mut file| file.read_to_end(&mut bytes))
        {
            Ok(_) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes a new file, in the place of one that a killed run left.
    ///
    /// # Errors
    ///
    /// Those of the disk.
    pub fn write_file(&self, name: &str, bytes: &[u8]) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let create = || rustix::fs::openat(&*self.0, name, flags, Mode::from_raw_mode(0o666));
        let created = match create() {
            Err(Errno::EXIST) => {
                self.remove_file(name)?;
                create()
            }
            created => created,
        };
        let mut file = File::from(created?);
        file.write_all(bytes)?;
        Ok(file)
    }

    /// Moves a file or directory; it replaces whatever has the new name, also a link, in one step.
    ///
    /// # Errors
    ///
    /// Those of `renameat`.
    pub fn rename(&self, name: &str, to: &Self, new_name: &str) -> io::Result<()> {
        Ok(rustix::fs::renameat(&*self.0, name, &*to.0, new_name)?)
    }

    /// Moves a file to a new name; `AlreadyExists` where something has it.
    pub(super) fn rename_new(&self, name: &str, to: &Self, new_name: &str) -> io::Result<()> {
        match rustix::fs::renameat_with(&*self.0, name, &*to.0, new_name, RenameFlags::NOREPLACE) {
            Err(Errno::INVAL | Errno::NOSYS) => {} // a file system that cannot do it in one step
            result => return Ok(result?),
        }
        if to.has(new_name)? {
            return Err(Errno::EXIST.into());
        }
        self.rename(name, to, new_name)
    }

    /// Removes a file, if there is one.
    pub(crate) fn remove_file(&self, name: &str) -> io::Result<()> {
        absent_is_fine(rustix::fs::unlinkat(&*self.0, name, AtFlags::empty()))
    }

    /// Removes a directory, if it is empty; returns whether nothing has this name any more.
    pub(super) fn remove_empty(&self, name: &str) -> io::Result<bool> {
        match rustix::fs::unlinkat(&*self.0, name, AtFlags::REMOVEDIR) {
            Err(Errno::NOTEMPTY | Errno::EXIST | Errno::NOTDIR) => Ok(false),
            result => absent_is_fine(result).map(|()| true),
        }
    }

    /// Removes whatever has this name, with all that is in it, if there is anything.
    pub(super) fn remove_tree(&self, name: impl Arg + Copy) -> io::Result<()> {
        let child = match rustix::fs::unlinkat(&*self.0, name, AtFlags::empty()) {
            Err(Errno::ISDIR | Errno::PERM) => rustix::fs::openat(&*self.0, name, DIR, Mode::empty())?,
            result => return absent_is_fine(result),
        };
        let child = Self(Arc::new(child.into()));
        for name in child.names()? {
            child.remove_tree(name.as_c_str())?;
        }
        absent_is_fine(rustix::fs::unlinkat(&*self.0, name, AtFlags::REMOVEDIR))
    }

    /// The names of its entries.
    ///
    /// # Errors
    ///
    /// Those of `getdents`.
    pub fn names(&self) -> io::Result<Vec<CString>> {
        let entries = self.entries()?.into_iter();
        Ok(entries.map(|(name, _)| name).collect())
    }

    /// Its entries, in no order; the file type may be unknown.
    pub(super) fn entries(&self) -> io::Result<Vec<(CString, FileType)>> {
        let mut entries = Vec::new();
        for entry in Entries::read_from(&*self.0)? {
            let entry = entry?;
            if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
                entries.push((entry.file_name().to_owned(), entry.file_type()));
            }
        }
        Ok(entries)
    }

    pub(super) fn file_type(&self, name: impl Arg) -> io::Result<FileType> {
        let stat = rustix::fs::statat(&*self.0, name, AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(FileType::from_raw_mode(stat.st_mode as RawMode))
    }

    /// Opens a file some levels below in one system call; `None` where the kernel or a sandbox does not have it. Reading what is not
    /// a regular file gives nothing, or fails.
    pub(super) fn open_beneath(&self, path: &str) -> io::Result<Option<File>> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
        match rustix::fs::openat2(&*self.0, path, flags, Mode::empty(), resolve) {
            Err(Errno::NOSYS | Errno::PERM) => Ok(None),
            opened => Ok(Some(opened?.into())),
        }
    }

    /// Whether something is there some levels below; `None` where it cannot be said in one system call.
    pub(super) fn has_beneath(&self, path: &str) -> io::Result<Option<bool>> {
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        match rustix::fs::openat2(&*self.0, path, flags, Mode::empty(), resolve) {
            Ok(_) => Ok(Some(true)),
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(Some(false)),
            Err(Errno::NOSYS | Errno::PERM) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Whether anything has this name.
    ///
    /// # Errors
    ///
    /// Those of `fstatat`.
    pub fn has(&self, name: &str) -> io::Result<bool> {
        match rustix::fs::statat(&*self.0, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(_) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Checks that files can be made here.
    pub(super) fn check_is_writable(&self) -> io::Result<()> {
        let access = Access::WRITE_OK | Access::EXEC_OK;
        Ok(rustix::fs::accessat(&*self.0, ".", access, AtFlags::empty())?)
    }

    /// Whether a symbolic link has this name.
    pub(super) fn is_link(&self, name: &str) -> bool {
        self.file_type(name).is_ok_and(|file_type| file_type.is_symlink())
    }

    /// The permission bits that a new file here gets, going by those of the directory.
    ///
    /// # Errors
    ///
    /// Those of `fstat`.
    pub fn file_mode(&self) -> io::Result<Mode> {
        let mode = rustix::fs::fstat(&*self.0)?.st_mode as RawMode;
        Ok(Mode::from_raw_mode(mode & 0o666))
    }

    /// Makes the directory's entries durable.
    ///
    /// # Errors
    ///
    /// Those of `fsync`.
    pub fn sync(&self) -> io::Result<()> {
        match rustix::fs::fsync(&*self.0) {
            // a file system that cannot sync directories
            Err(Errno::INVAL | Errno::BADF) => Ok(()),
            result => Ok(result?),
        }
    }

    /// Makes everything on the directory's file system durable.
    pub(super) fn sync_file_system(&self) -> io::Result<()> {
        Ok(rustix::fs::syncfs(&*self.0)?)
    }

    /// When an entry of it was made, renamed or removed last.
    pub(super) fn modified(&self) -> io::Result<SystemTime> {
        self.0.metadata()?.modified()
    }

    /// Identifies the directory on this machine.
    pub(super) fn identity(&self) -> io::Result<(u64, u64)> {
        let stat = rustix::fs::fstat(&*self.0)?;
        Ok((stat.st_dev as u64, stat.st_ino as u64))
    }

    /// Whether somebody else has the advisory lock. Not for a directory that this process has locked.
    pub(super) fn is_locked(&self) -> io::Result<bool> {
        match self.0.try_lock_shared() {
            Ok(()) => self.0.unlock().map(|()| false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Tries to get the advisory lock, which lasts until the descriptor is closed.
    pub(super) fn try_lock(&self) -> io::Result<bool> {
        match self.0.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

fn absent_is_fine(result: rustix::io::Result<()>) -> io::Result<()> {
    match result {
        Err(Errno::NOENT) => Ok(()),
        result => Ok(result?),
    }
}
