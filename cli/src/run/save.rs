//! `--save-dir`: a success, copied out of the artifacts.

use std::fs::File;
use std::io;
use std::path::Path;

use documents::envelope::Envelope;
use documents::hash::sha256_of;
use documents::layout::RECEIPT;
use documents::{Error as ProcessorError, ErrorCode, WorldPath};
use store::local::Dir;

/// Copies outputs, index and receipt into a folder, as they lie below the write prefix. Each file appears whole or not
/// at all, and nothing that is there with another content is overwritten.
///
/// # Errors
///
/// `ERR_OUTPUT_WRITE`; the run itself is not touched by it.
pub(super) fn copy(envelope: &Envelope, artifacts: &Path, folder: &Path) -> Result<(), ProcessorError> {
    let Envelope::Success {
        outputs, index_path, ..
    } = envelope
    else {
        return Ok(());
    };
    let prefix = index_path.rsplit_once('/').map_or("", |(prefix, _)| prefix);
    let receipt = format!("{prefix}/{RECEIPT}");
    let place = |path: &str| folder.join(path.strip_prefix(prefix).unwrap_or(path).trim_start_matches('/'));
    let outputs = outputs.iter().map(|output| output.path.as_str());
    let paths: Vec<&str> = outputs.chain([index_path.as_str(), receipt.as_str()]).collect();
    // the receipt goes last, and names the rest
    if paths.iter().all(|path| place(path).is_file()) && is_same(artifacts, &receipt, &place(&receipt)) {
        return Ok(());
    }
    for path in paths {
        let to = place(path);
        one(artifacts, path, &to).map_err(|error| {
            ProcessorError::new(
                ErrorCode::OutputWrite,
                format!("the run succeeded, but {} cannot be saved: {error}", to.display()),
            )
        })?;
    }
    Ok(())
}

/// Whether a small file has been copied before.
fn is_same(artifacts: &Path, path: &str, to: &Path) -> bool {
    let original = || {
        let path = WorldPath::parse(path).ok()?;
        let (folders, name) = path.split();
        let folder = Dir::open(artifacts).ok()?.open_below(&folders).ok()?;
        folder.read_file(name).ok()?
    };
    std::fs::read(to).is_ok_and(|copy| Some(copy) == original())
}

fn one(artifacts: &Path, path: &str, to: &Path) -> io::Result<()> {
    let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let path = WorldPath::parse(path).map_err(|error| invalid(error.message()))?;
    let (folders, name) = path.split();
    let open = || Dir::open(artifacts)?.open_below(&folders)?.open_file(name);
    let folder = to.parent().unwrap_or(to);
    std::fs::create_dir_all(folder)?;
    let mut copy = tempfile::NamedTempFile::new_in(folder)?;
    io::copy(&mut open()?, copy.as_file_mut())?;
    copy.as_file()
        .set_permissions(open()?.metadata()?.permissions())?;
    match copy.persist_noclobber(to) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            // opened only then: a FIFO would wait for its writer
            let is_same = to.metadata().is_ok_and(|there| there.is_file())
                && sha256_of(File::open(to)?)? == sha256_of(open()?)?;
            match is_same {
                true => Ok(()),
                false => Err(invalid("another file is there; name another folder")),
            }
        }
        Err(error) => Err(error.error),
    }
}
