//! `--save-dir`: a success, copied out of the artifacts.

use std::fs::File;
use std::io;
use std::path::Path;

use documents::envelope::Envelope;
use documents::hash::sha256_of;
use documents::layout::RECEIPT;
use documents::{ErrorCode, WorldPath};
use store::local::Dir;

use crate::environment::Environment;
use crate::error::Error;

/// Copies outputs, index and receipt into a directory, laid out as below the write prefix. Each file appears whole or not
/// at all, and no file with other content is overwritten. Fails with `ERR_OUTPUT_WRITE`; the run stays as it is.
pub(super) fn copy(
    envelope: &Envelope,
    artifacts: &Path,
    dir: &Path,
    environment: &Environment,
) -> Result<(), Error> {
    let Envelope::Success {
        outputs, index_path, ..
    } = envelope
    else {
        return Ok(());
    };
    let prefix = index_path.rsplit_once('/').map_or("", |(prefix, _)| prefix);
    let receipt = format!("{prefix}/{RECEIPT}");
    let destination =
        |path: &str| dir.join(path.strip_prefix(prefix).unwrap_or(path).trim_start_matches('/'));
    let outputs = outputs.iter().map(|output| output.path.as_str());
    let paths: Vec<&str> = outputs.chain([index_path.as_str(), receipt.as_str()]).collect();
    // the receipt goes last, and names the rest
    let host = |path: &str| environment.path(destination(path));
    if paths.iter().all(|path| host(path).is_file()) && is_same(artifacts, &receipt, &host(&receipt)) {
        return Ok(());
    }
    for path in paths {
        one(artifacts, path, &host(path)).map_err(|error| {
            let to = destination(path);
            let message = format!("the run succeeded, but {} cannot be saved: {error}", to.display());
            Error::new(ErrorCode::OutputWrite, message)
        })?;
    }
    Ok(())
}

/// Whether a small file has been copied before.
fn is_same(artifacts: &Path, path: &str, to: &Path) -> bool {
    let original = || {
        let path = WorldPath::parse(path).ok()?;
        let (dirs, name) = path.split();
        let dir = Dir::open(artifacts).ok()?.open_below(&dirs).ok()?;
        dir.read_file(name).ok()?
    };
    std::fs::read(to).is_ok_and(|copy| Some(copy) == original())
}

fn one(artifacts: &Path, path: &str, to: &Path) -> io::Result<()> {
    let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let path = WorldPath::parse(path).map_err(|error| invalid(error.message()))?;
    let (dirs, name) = path.split();
    let open = || Dir::open(artifacts)?.open_below(&dirs)?.open_file(name);
    let dir = to.parent().unwrap_or(to);
    std::fs::create_dir_all(dir)?;
    let mut copy = tempfile::NamedTempFile::new_in(dir)?;
    io::copy(&mut open()?, copy.as_file_mut())?;
    copy.as_file()
        .set_permissions(open()?.metadata()?.permissions())?;
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
