//! Secrets as files, as Docker and Kubernetes mount them: `SECRETS_DIR` (`docs/spec.md#processor-command-line`).

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use documents::ErrorCode;
use logging::Environment;
use rustix::fs::OFlags;

use crate::error::ProcessorError;

/// The variable that names the directory.
const VARIABLE: &str = "SECRETS_DIR";
/// The largest secret, in bytes: as large as Kubernetes allows.
const LARGEST: u64 = 1024 * 1024;

/// A directory with a file per secret, named as the secret; or none.
#[derive(Debug, Default)]
pub(crate) struct SecretsDir(Option<PathBuf>);

impl SecretsDir {
    /// The directory that the environment names. Nothing is read yet.
    pub(crate) fn from_environment(environment: &Environment) -> Self {
        Self(environment.get(VARIABLE).map(PathBuf::from))
    }

    /// The content of a secret's file without one newline at its end; `None` without the file.
    ///
    /// # Errors
    ///
    /// `ERR_MISSING_SECRET` that names the secret, when its file cannot be used; `ERR_USAGE` when there is no such directory.
    pub(crate) fn read(&self, name: &str) -> Result<Option<String>, ProcessorError> {
        let Some(dir) = self.0.as_ref().filter(|_| is_file_name(name)) else {
            return Ok(None);
        };
        let unusable = |what: String| {
            let message = format!("the file of the secret {name} in {VARIABLE} {what}");
            ProcessorError::new(ErrorCode::MissingSecret, message)
        };
        let bytes = match open(&dir.join(name)) {
            Ok(file) => read(file).map_err(unusable)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound && dir.is_dir() => return Ok(None),
            Err(_) if !dir.is_dir() => {
                return Err(ProcessorError::new(
                    ErrorCode::Usage,
                    format!("{VARIABLE} names no directory; name one with a file per secret, or unset it"),
                ));
            }
            Err(error) => return Err(unusable(unreadable(&error))),
        };
        let mut text =
            String::from_utf8(bytes).map_err(|_| unusable("is not UTF-8; write it again".into()))?;
        if text.ends_with('\n') {
            text.pop();
            if text.ends_with('\r') {
                text.pop();
            }
        }
        Ok(Some(text))
    }
}

/// Whether it is the name of a file in the directory itself.
fn is_file_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\0'])
}

/// Opens a file; Kubernetes' are symbolic links. A FIFO without a writer keeps nobody waiting.
fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

/// Reads a file to its end; the error says what is wrong with it.
fn read(file: File) -> Result<Vec<u8>, String> {
    let metadata = file.metadata().map_err(|error| unreadable(&error))?;
    if !metadata.is_file() {
        return Err("is not a file; write the value into a file of this name".into());
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > LARGEST {
        return Err("is larger than 1 MiB; write the value alone into it".into());
    }
    Ok(bytes)
}

fn unreadable(error: &io::Error) -> String {
    format!("cannot be read: {error}; let the processor's user read it")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    /// A directory with a file of this content, and what is read of it.
    fn read_file(content: &[u8]) -> Result<Option<String>, ProcessorError> {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("KEY"), content).unwrap();
        SecretsDir(Some(dir.path().into())).read("KEY")
    }

    #[test]
    fn one_newline_at_the_end_is_no_part_of_it() {
        for (content, value) in [
            ("s3cret", "s3cret"),
            ("s3cret\n", "s3cret"),
            ("s3cret\r\n", "s3cret"),
            ("s3cret\n\n", "s3cret\n"),
            ("s3cret\r", "s3cret\r"),
            ("a\nb\n", "a\nb"),
            ("\n", ""),
            ("", ""),
        ] {
            assert_eq!(
                read_file(content.as_bytes()).unwrap().as_deref(),
                Some(value),
                "{content:?}"
            );
        }
    }

    #[test]
    fn links_are_followed() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("..2026")).unwrap();
        fs::write(dir.path().join("..2026/KEY"), "s3cret\n").unwrap();
        symlink("..2026", dir.path().join("..data")).unwrap();
        symlink("..data/KEY", dir.path().join("KEY")).unwrap();
        let secrets = SecretsDir(Some(dir.path().into()));
        assert_eq!(secrets.read("KEY").unwrap().as_deref(), Some("s3cret"));
        assert_eq!(secrets.read("OTHER").unwrap(), None);
        for name in ["", ".", "..", "..2026/KEY", "../KEY", "/KEY"] {
            assert_eq!(secrets.read(name).unwrap(), None, "{name}");
        }
    }

    #[test]
    fn files_that_cannot_be_used_are_named() {
        for (content, expected) in [
            (vec![0xff], "is not UTF-8"),
            (vec![b'a'; 1024 * 1024 + 1], "is larger than 1 MiB"),
        ] {
            let error = read_file(&content).unwrap_err();
            assert_eq!(error.code(), ErrorCode::MissingSecret);
            assert!(
                error.message().contains("KEY") && error.message().contains(expected),
                "{error}"
            );
        }
        assert!(read_file(&vec![b'a'; 1024 * 1024]).unwrap().is_some());

        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("DIR")).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            dir.path().join("FIFO"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .unwrap();
        symlink("LOOP", dir.path().join("LOOP")).unwrap();
        let secrets = SecretsDir(Some(dir.path().into()));
        for (name, expected) in [
            ("DIR", "not a file"),
            ("FIFO", "not a file"),
            ("LOOP", "cannot be read"),
        ] {
            let error = secrets.read(name).unwrap_err();
            assert_eq!(error.code(), ErrorCode::MissingSecret);
            assert!(
                error.message().contains(name) && error.message().contains(expected),
                "{error}"
            );
        }
        for dir in [dir.path().join("nowhere"), dir.path().join("FIFO")] {
            let error = SecretsDir(Some(dir)).read("KEY").unwrap_err();
            assert_eq!(error.code(), ErrorCode::Usage);
            assert!(
                error.message().starts_with("SECRETS_DIR names no directory"),
                "{error}"
            );
        }
    }
}
