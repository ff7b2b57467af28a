//! The digest of an executable, taken once as long as the file stays the same.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use documents::hash::{sha256, sha256_of};
use serde::{Deserialize, Serialize};

use crate::environment::Environment;

/// A file whose last change is younger than this may change again within the resolution of its times: its digest is
/// not cached.
const SETTLED: Duration = Duration::from_secs(2);

/// An executable and its digest.
#[derive(Debug)]
pub(super) struct Executable {
    path: PathBuf,
    identity: Identity,
    sha256: String,
}

/// Every change of a file changes this: nobody can set the time of its last change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Identity {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

#[derive(Serialize, Deserialize)]
struct CachedDigest {
    identity: Identity,
    sha256: String,
}

impl Executable {
    /// Reads the file, or its digest in the user's cache.
    pub(super) fn read(path: &Path, environment: &Environment) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        let file = File::open(&path)?;
        let identity = Identity::new(&file.metadata()?);
        let cache = cache(&path, environment);
        let cached = cache.as_deref().and_then(|cache| {
            let cached: CachedDigest = serde_json::from_slice(&std::fs::read(cache).ok()?).ok()?;
            (cached.identity == identity).then_some(cached.sha256)
        });
        let sha256 = match cached {
            Some(sha256) => sha256,
            None => {
                let (sha256, _) = sha256_of(&file)?;
                if let Some(cache) = cache
                    && identity.is_settled()
                {
                    let digest = CachedDigest {
                        identity: identity.clone(),
                        sha256: sha256.clone(),
                    };
                    if let Err(error) = save(&cache, &digest) {
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

    /// Whether the path still leads to a file with this digest: another link or other times change the identity, but not what
    /// runs.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub(super) fn is_unchanged(&self) -> io::Result<bool> {
        let file = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            file => file?,
        };
        Ok(Identity::new(&file.metadata()?) == self.identity || sha256_of(file)?.0 == self.sha256)
    }
}

impl Identity {
    fn new(metadata: &Metadata) -> Self {
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

/// Where the digest of this path is cached: `$XDG_CACHE_HOME/counterfoil/`, else `~/.cache/counterfoil/`.
fn cache(path: &Path, environment: &Environment) -> Option<PathBuf> {
    let dir = |name| {
        environment
            .get(name)
            .map(Path::new)
            .filter(|dir| dir.is_absolute())
    };
    let base = dir("XDG_CACHE_HOME").map(Path::to_owned);
    let base = base.or_else(|| Some(dir("HOME")?.join(".cache")))?;
    let name = sha256(path.as_os_str().as_encoded_bytes());
    Some(base.join("counterfoil").join(format!("{}.json", name.get(..32)?)))
}

fn save(cache: &Path, digest: &CachedDigest) -> io::Result<()> {
    let dir = cache.parent().unwrap_or(cache);
    std::fs::create_dir_all(dir)?;
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    serde_json::to_writer(&mut file, digest)?;
    file.persist(cache)?;
    Ok(())
}
