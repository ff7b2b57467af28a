//! Directories of tests, and what is in them.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

/// A directory that is removed after the test.
pub struct Dir(TempDir);

impl Default for Dir {
    fn default() -> Self {
        Self(TempDir::new().expect("a temporary directory"))
    }
}

impl Dir {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty one in memory where this machine has such a disk: for tests that write very often.
    pub fn in_memory() -> Self {
        TempDir::new_in("/dev/shm").map_or_else(|_| Self::default(), Self)
    }

    /// The directory itself.
    pub fn root(&self) -> &Path {
        self.0.path()
    }

    /// A path below it, or the directory itself for the empty name.
    pub fn path(&self, name: &str) -> PathBuf {
        if name.is_empty() {
            self.root().to_owned()
        } else {
            self.root().join(name)
        }
    }

    /// The bytes of a file.
    #[track_caller]
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The text of a file.
    #[track_caller]
    pub fn read(&self, name: &str) -> String {
        String::from_utf8(self.bytes(name)).expect("the file is UTF-8")
    }

    /// Writes a file, and makes the directories above it.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a directory")).expect("directories");
        fs::write(&path, content).expect("a file");
        path
    }

    /// Makes a directory, and those above it.
    pub fn create_dir(&self, name: &str) -> PathBuf {
        fs::create_dir_all(self.path(name)).expect("directories");
        self.path(name)
    }

    /// Replaces a text in a file that contains it.
    #[track_caller]
    pub fn replace(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has no {from}: {text}");
        self.write(name, text.replace(from, to));
    }

    /// Writes an executable file.
    pub fn executable(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let source = self.write(&format!("{name}.source"), content);
        let path = self.path(name);
        let _ = fs::remove_file(&path);
        // by another process: a child that another test starts meanwhile may have a descriptor of this process open for
        // writing, and the kernel starts no such file
        let copied = Command::new("/bin/cp").arg(&source).arg(&path).status();
        assert!(copied.expect("cp").success());
        fs::remove_file(source).expect("the copied file");
        set_mode(&path, 0o755);
        path
    }
}

/// Every file below a directory, by its relative path, with its bytes.
pub fn files_below(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(next) = dirs.pop() {
        for entry in fs::read_dir(next).into_iter().flatten() {
            let entry = entry.expect("the directory can be read");
            let path = entry.path();
            if entry.file_type().expect("it has a type").is_dir() {
                dirs.push(path);
            } else {
                let name = path.strip_prefix(dir).expect("it is below").to_string_lossy();
                files.insert(name.into_owned(), fs::read(&path).unwrap_or_default());
            }
        }
    }
    files
}

/// Copies a directory with all that is in it.
pub fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("directories");
    for entry in fs::read_dir(from).expect("a directory") {
        let from = entry.expect("the directory can be read").path();
        let to = to.join(from.file_name().expect("a name"));
        if from.is_dir() {
            copy_dir(&from, &to);
        } else {
            fs::copy(&from, &to).expect("a copy");
        }
    }
}

/// Sets the permissions of a file or directory.
pub fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions");
}

/// Makes a FIFO.
pub fn make_fifo(path: &Path) {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a FIFO");
}

/// The SHA-256 of these bytes, in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
