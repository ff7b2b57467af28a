//! `--save-dir`: a success, copied out of the artifacts.

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use documents::envelope::Envelope;
use documents::hash::sha256_of;
use documents::layout::RECEIPT;
use documents::{ErrorCode, WorldPath};
use store::Artifacts;
use tempfile::TempDir;

use crate::environment::Environment;
use crate::error::Error;
use crate::unfinished::{self, Unfinished};

/// Copies outputs, index and receipt into a directory, laid out as below the write prefix. The directory appears whole or not
/// at all. One that has this run already gets what it lacks, and no file with other content is overwritten.
///
/// # Errors
///
/// `ERR_SAVE`; the run stays as it is.
pub(super) fn copy(
    envelope: &Envelope,
    artifacts: &dyn Artifacts,
    dir: &Path,
    environment: &Environment,
) -> Result<(), Error> {
    let Envelope::Success {
        execution_id,
        outputs,
        index_path,
        ..
    } = envelope
    else {
        return Ok(());
    };
    let prefix = index_path.rsplit_once('/').map_or("", |(prefix, _)| prefix);
    let receipt = format!("{prefix}/{RECEIPT}");
    let below = |path: &str| -> PathBuf {
        let below = path.strip_prefix(prefix).unwrap_or(path);
        below.trim_start_matches('/').into()
    };
    let outputs = outputs.iter().map(|output| output.path.as_str());
    // the receipt goes last, and names the rest
    let paths: Vec<&str> = outputs.chain([index_path.as_str(), receipt.as_str()]).collect();
    let to = environment.path(dir);
    let all = |stage: &Path, dir: &Path| {
        paths
            .iter()
            .try_for_each(|path| one(artifacts, path, stage, &dir.join(below(path))))
    };
    let is_of_this_run = is_same(artifacts, &receipt, &to.join(RECEIPT));
    let copied = if !is_of_this_run {
        staged(&to, all)
    } else if paths.iter().all(|path| to.join(below(path)).is_file()) {
        Ok(())
    } else {
        completed(&to, all)
    };
    copied.map_err(|error| {
        let message = format!(
            "the run succeeded, but cannot be saved in {}: {error}",
            dir.display()
        );
        let hint = format!(
            "the same with --execution-id {execution_id} and another --save-dir asks no provider again"
        );
        Error::new(ErrorCode::Save, message).hint(hint)
    })
}

/// Fills a directory beside its place, and moves it there.
fn staged(to: &Path, fill: impl FnOnce(&Path, &Path) -> io::Result<()>) -> io::Result<()> {
    let (to, stage) = beside(to)?;
    fill(stage.entry.path(), stage.entry.path())?;
    match std::fs::rename(stage.entry.path(), &to) {
        Ok(()) => {
            let _ = stage.entry.keep(); // it is elsewhere now
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Err(io::Error::new(
            error.kind(),
            "other files are there; name another directory",
        )),
        Err(error) => Err(error),
    }
}

/// Adds what is missing in its place; what is being written is beside it.
fn completed(to: &Path, fill: impl FnOnce(&Path, &Path) -> io::Result<()>) -> io::Result<()> {
    let (to, stage) = beside(to)?;
    fill(stage.entry.path(), &to)
}

/// The path through a link to an empty directory, and a directory for files that are being written.
fn beside(to: &Path) -> io::Result<(PathBuf, Unfinished<TempDir>)> {
    let to = to.canonicalize().unwrap_or_else(|_| to.to_owned());
    let parent = to.parent().unwrap_or(&to);
    std::fs::create_dir_all(parent)?;
    let stage = unfinished::directory(parent)?;
    Ok((to, stage))
}

/// Whether a small file has been copied before.
fn is_same(artifacts: &dyn Artifacts, path: &str, to: &Path) -> bool {
    let original = WorldPath::parse(path).map(|path| artifacts.read(&path));
    to.is_file()
        && std::fs::read(to).is_ok_and(|copy| matches!(original, Ok(Ok(original)) if original == copy))
}

/// Copies one file by way of the directory of the stage.
fn one(artifacts: &dyn Artifacts, path: &str, stage: &Path, to: &Path) -> io::Result<()> {
    let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let path = WorldPath::parse(path).map_err(|error| invalid(error.message()))?;
    let open = || {
        artifacts
            .open(&path)
            .map_err(|error| invalid(&format!("{path} {error}")))
    };
    std::fs::create_dir_all(to.parent().unwrap_or(to))?;
    let mut copy = tempfile::Builder::new()
        .permissions(Permissions::from_mode(0o666)) // less what the umask takes away
        .tempfile_in(stage)?;
    io::copy(&mut open()?, copy.as_file_mut())?;
    match copy.persist_noclobber(to) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            // opened only then: a FIFO would wait for its writer
            let is_same = to.metadata().is_ok_and(|there| there.is_file())
                && sha256_of(File::open(to)?)? == sha256_of(open()?)?;
            if is_same {
                Ok(())
            } else {
                Err(invalid("another file is there; name another directory"))
            }
        }
        Err(error) => Err(error.error),
    }
}
