//! A receipt that was found.

use std::path::PathBuf;

use documents::WorldPath;
use store::local::Dir;

/// A receipt on this machine.
#[derive(Debug)]
pub(crate) struct Located {
    /// The artifacts directory, below which no symbolic link is followed.
    pub(crate) root: Dir,
    /// The same, as a path to show.
    pub(crate) host_root: PathBuf,
    /// Where the receipt is; none for a copy that lies outside.
    pub(crate) path: Option<WorldPath>,
    /// The receipt's name for people: the world path, or what was named.
    pub(crate) name: String,
    /// The receipt, byte for byte.
    pub(crate) bytes: Vec<u8>,
}

impl Located {
    /// Where something is on this machine.
    pub(crate) fn on_host(&self, path: &WorldPath) -> PathBuf {
        let (dirs, name) = path.split();
        let dir = dirs
            .iter()
            .fold(self.host_root.clone(), |path, name| path.join(name));
        dir.join(name)
    }
}
