//! The digest of an executable, taken once as long as the file stays the same.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use documents::hash::{sha256, sha256_of};
use serde::{Deserialize, Serialize};

/// A file whose last change is younger than this may change again within the resolution of its times: its digest is
/// not kept.
const SETTLED: Duration = Duration::from_secs(2);

/// An executable and its digest.
#[derive(Debug)]
pub(super) struct Executable {
    path: PathBuf,
    identity: Identity,
    sha256: String,
}

/// What no change of a file leaves as it was: the time of its last change cannot be set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Identity {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

#[derive(Serialize, Deserialize)]
struct Kept {
    identity: Identity,
    sha256: String,
}

impl Executable {
    /// Reads the file, or what is kept of it in the user's cache folder.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        let file = File::open(&path)?;
        let identity = Identity::of(&file.metadata()?);
        let cache = cache(&path);
        let kept = cache.as_deref().and_then(|cache| {
            let kept: Kept = serde_json::from_slice(&std::fs::read(cache).ok()?).ok()?;
            (kept.identity == identity).then_some(kept.sha256)
        });
        let sha256 = match kept {
            Some(sha256) => sha256,
            None => {
                let (sha256, _) = sha256_of(&file)?;
                if let Some(cache) = cache
                    && identity.is_settled()
                {
                    let kept = Kept {
                        identity: identity.clone(),
                        sha256: sha256.clone(),
                    };
                    if let Err(error) = keep(&cache, &kept) {
                        tracing::debug!(%error, "digest_not_kept"); // it is only slower the next time
                    }
                }
                sha256
            }
        };
        Ok(Self {
            path,
            identity,
            sha256,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Whether the path still leads to a file with the digest that was taken: a link more, or other times, change the
    /// identity and not what runs.
    pub(super) fn is_unchanged(&self) -> bool {
        let Ok(file) = File::open(&self.path) else {
            return false;
        };
        file.metadata()
            .is_ok_and(|metadata| Identity::of(&metadata) == self.identity)
            || sha256_of(file).is_ok_and(|(sha256, _)| sha256 == self.sha256)
    }
}

impl Identity {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    fn is_settled(&self) -> bool {
        let changed = u64::try_from(self.changed.0).unwrap_or(u64::MAX);
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        now.checked_sub(SETTLED)
            .is_some_and(|latest| changed < latest.as_secs())
    }
}

/// Where the digest of this path is kept: `$XDG_CACHE_HOME/counterfoil/`, else `~/.cache/counterfoil/`.
fn cache(path: &Path) -> Option<PathBuf> {
    let folder = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|folder| folder.is_absolute())
    };
    let base = folder("XDG_CACHE_HOME").or_else(|| Some(folder("HOME")?.join(".cache")))?;
    let name = sha256(path.as_os_str().as_encoded_bytes());
    Some(base.join("counterfoil").join(format!("{}.json", name.get(..32)?)))
}

fn keep(cache: &Path, kept: &Kept) -> io::Result<()> {
    let folder = cache.parent().unwrap_or(cache);
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer(&mut file, kept)?;
    file.persist(cache)?;
    Ok(())
}
