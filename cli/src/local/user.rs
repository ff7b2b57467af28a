//! Whom a container runs as.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{MetadataExt as _, lchown};
use std::path::Path;

use documents::layout::EXECUTIONS;
use rustix::fs::{AtFlags, CWD, Dir, Mode, OFlags, Stat, chownat, fchown, fstat, statat};
use rustix::io::Errno;
use rustix::path::Arg;
use rustix::process::{Gid, Uid, getegid, geteuid};

use crate::call::Call;

/// The user of our images, whom no machine has an account for.
const UNPRIVILEGED: u32 = 65_532;
const ROOT: u32 = 0;
/// How deep directories of an execution are.
const DEEPEST: usize = 64;

/// A user and a group, by their numbers on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct User {
    uid: u32,
    gid: u32,
}

impl User {
    /// The caller.
    pub(super) fn caller() -> Self {
        Self {
            uid: geteuid().as_raw(),
            gid: getegid().as_raw(),
        }
    }

    const fn unprivileged() -> Self {
        Self {
            uid: UNPRIVILEGED,
            gid: UNPRIVILEGED,
        }
    }

    /// As `--user` takes it.
    pub(super) fn numbers(self) -> String {
        format!("{}:{}", self.uid, self.gid)
    }

    fn uid(self) -> Option<Uid> {
        Some(Uid::from_raw(self.uid))
    }

    fn gid(self) -> Option<Gid> {
        Some(Gid::from_raw(self.gid))
    }

    /// Gives a new file or directory to this user, if that is somebody else than the caller.
    pub(super) fn own(self, path: &Path) -> io::Result<()> {
        if self == Self::caller() {
            return Ok(());
        }
        lchown(path, Some(self.uid), Some(self.gid))
    }

    /// Whether an open file may be one that the caller has made for a container.
    pub(super) fn may_own(file: &File) -> bool {
        let caller = Self::caller();
        let owner = file.metadata().map(|metadata| metadata.uid());
        owner.is_ok_and(|owner| owner == caller.uid || (caller.uid == ROOT && owner == UNPRIVILEGED))
    }

    /// Whether this user can read a file, the directories above aside: a mount leads past them.
    fn can_read(self, file: &Path) -> bool {
        rustix::fs::stat(file).is_ok_and(|stat| self.is_allowed(&stat, Mode::ROTH))
    }

    /// Whether this user can make and remove files in a directory.
    fn can_change(self, dir: &Stat) -> bool {
        let is_sticky = Mode::from_raw_mode(dir.st_mode).contains(Mode::SVTX);
        self.is_allowed(dir, Mode::WOTH | Mode::XOTH) && (!is_sticky || dir.st_uid == self.uid)
    }

    /// Whether the permissions allow this user what they would have to allow others.
    fn is_allowed(self, stat: &Stat, access: Mode) -> bool {
        let shift = if stat.st_uid == self.uid {
            6
        } else if stat.st_gid == self.gid {
            3
        } else {
            0
        };
        Mode::from_raw_mode(stat.st_mode >> shift).contains(access)
    }
}

/// The user of a run's container: the caller; for root the unprivileged one, if the artifacts and the files allow it.
///
/// Makes the artifacts directory. In one of the unprivileged user's, what root has left of the same execution is given to that
/// user.
///
/// # Errors
///
/// Those of making and reading directories.
pub(super) fn choose<'a>(
    artifacts: &Path,
    call: &Call,
    files: impl IntoIterator<Item = &'a Path>,
) -> io::Result<User> {
    let caller = User::caller();
    let is_new = !artifacts.exists();
    std::fs::create_dir_all(artifacts)?;
    if caller.uid != ROOT {
        return Ok(caller);
    }
    let user = User::unprivileged();
    if is_new {
        user.own(artifacts)?;
    }
    let can_run = files.into_iter().all(|file| user.can_read(file)) && prepare(artifacts, call, user)?;
    let chosen = if can_run { user } else { caller };
    tracing::debug!(user = chosen.numbers(), "container_user");
    Ok(chosen)
}

/// The user of a container that has no artifacts: the caller; for root the unprivileged one, if the files allow it.
pub(super) fn without_artifacts<'a>(files: impl IntoIterator<Item = &'a Path>) -> User {
    let (caller, user) = (User::caller(), User::unprivileged());
    if caller.uid == ROOT && files.into_iter().all(|file| user.can_read(file)) {
        return user;
    }
    caller
}

/// Whether a user can write all that a run writes.
///
/// Directories are opened one by one, because a processor of that user may change what is below at any time: no link of its may
/// lead root elsewhere.
fn prepare(artifacts: &Path, call: &Call, user: User) -> io::Result<bool> {
    let top = open(CWD, artifacts, OFlags::empty())?;
    let stat = fstat(&top)?;
    if !user.can_change(&stat) {
        return Ok(false);
    }
    let handover = Handover {
        user,
        is_own: stat.st_uid == user.uid,
    };
    let id = call.execution_id.as_str();
    for segments in [call.prefix.segments(), vec![EXECUTIONS, id]] {
        let mut dir = top.try_clone()?;
        let mut is_whole = true;
        for name in segments {
            match handover.enter(&dir, name)? {
                Entered::Given(below) => dir = below,
                Entered::Refused => return Ok(false),
                Entered::Nothing => {
                    is_whole = false; // the processor makes it, or says what is wrong with it
                    break;
                }
            }
        }
        if is_whole && !handover.give_below(&dir, 0)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What becomes of files and directories that root has left.
struct Handover {
    user: User,
    /// Whether all of it is that user's by right: the artifacts directory is.
    is_own: bool,
}

enum Entered {
    /// The user can write in it.
    Given(OwnedFd),
    Refused,
    /// There is no such directory.
    Nothing,
}

impl Handover {
    fn enter(&self, dir: &OwnedFd, name: impl Arg) -> io::Result<Entered> {
        let below = match open(dir, name, OFlags::NOFOLLOW) {
            Ok(below) => below,
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(Entered::Nothing),
            Err(error) => return Err(error.into()),
        };
        let stat = fstat(&below)?;
        if self.is_own && stat.st_uid == ROOT {
            fchown(&below, self.user.uid(), self.user.gid())?;
        } else if !self.user.can_change(&stat) {
            return Ok(Entered::Refused);
        }
        Ok(Entered::Given(below))
    }

    /// Whether the user can write in all directories below one, too.
    fn give_below(&self, dir: &OwnedFd, depth: usize) -> io::Result<bool> {
        if depth > DEEPEST {
            return Ok(false); // nothing of ours
        }
        for entry in Dir::read_from(dir)? {
            let entry = entry?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            if let Entered::Given(below) = match self.enter(dir, name)? {
                Entered::Refused => return Ok(false),
                entered => entered,
            } {
                if !self.give_below(&below, depth + 1)? {
                    return Ok(false);
                }
            } else if self.is_own && statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)?.st_uid == ROOT {
                let (uid, gid) = (self.user.uid(), self.user.gid());
                chownat(dir, name, uid, gid, AtFlags::SYMLINK_NOFOLLOW)?;
            }
        }
        Ok(true)
    }
}

fn open(dir: impl AsFd, name: impl Arg, flags: OFlags) -> Result<OwnedFd, Errno> {
    let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC | flags;
    rustix::fs::openat(dir, name, flags, Mode::empty())
}
