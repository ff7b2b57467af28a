//! `--attach`: files that go along with a run, by their content.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use documents::hash::{Hasher, sha256_of};
use documents::json::{Members, Node};
use documents::{ErrorCode, WorldPath};
use store::local::Dir;
use tempfile::{NamedTempFile, TempPath};

use crate::environment::Environment;
use crate::error::Error;

/// Where attached files are, below the artifacts directory.
const INPUTS: &str = "inputs";
/// How a copy is called until it has its name by its content.
const COPY: &str = ".attached-";
/// How much of a file is copied and hashed at once.
const CHUNK: usize = 256 * 1024;

/// `NAME=PATH`.
#[derive(Clone, Debug)]
pub(crate) struct Attach {
    name: String,
    source: PathBuf,
}

/// An attached file whose content is known.
#[derive(Debug)]
pub(crate) struct Attachment {
    pub(crate) name: String,
    sha256: String,
    size: u64,
    mime: String,
    path: WorldPath,
    /// What was hashed, in the artifacts directory, until it is stored; it is gone where that never happens.
    copy: Option<TempPath>,
}

/// All attached files of a command: read once, as they are copied, and stored once, when the first run needs them.
#[derive(Debug)]
pub(crate) struct Attachments {
    given: Vec<Attach>,
    artifacts: PathBuf,
    environment: Environment,
    read: Option<Vec<Attachment>>,
    is_stored: bool,
}

impl Attachments {
    pub(crate) const fn new(given: Vec<Attach>, artifacts: PathBuf, environment: Environment) -> Self {
        Self {
            given,
            artifacts,
            environment,
            read: None,
            is_stored: false,
        }
    }

    /// The files with their content known.
    pub(crate) fn read(&mut self) -> Result<&[Attachment], Error> {
        let read = match self.read.take() {
            Some(read) => read,
            None => self
                .given
                .iter()
                .map(|attach| {
                    Attachment::read(attach, &self.environment.path(&attach.source), &self.artifacts)
                })
                .collect::<Result<_, _>>()?,
        };
        Ok(self.read.insert(read))
    }

    /// Puts them where the processor finds them.
    pub(crate) fn store(&mut self) -> Result<(), Error> {
        if !self.is_stored {
            self.read()?;
            let read = self.read.iter_mut().flatten();
            for attachment in read {
                attachment.store(&self.artifacts)?;
            }
            self.is_stored = true;
        }
        Ok(())
    }
}

impl FromStr for Attach {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, source) = text
            .split_once('=')
            .ok_or("it has the form NAME=PATH, e.g. photo=cat.png")?;
        if name.is_empty() || source.is_empty() {
            return Err("it has the form NAME=PATH, e.g. photo=cat.png".into());
        }
        destination(&"0".repeat(64), name)?;
        Ok(Self {
            name: name.to_owned(),
            source: source.into(),
        })
    }
}

impl Attachment {
    /// Copies the file, and hashes it as it does. Fails with `ERR_INPUTS` that names it, or `ERR_OUTPUT_WRITE` for the copy.
    fn read(attach: &Attach, source: &Path, artifacts: &Path) -> Result<Self, Error> {
        let wrong = |why: &str| {
            Error::new(
                ErrorCode::Inputs,
                format!("the attached file {} {why}", attach.name),
            )
        };
        let cannot = |error: io::Error| wrong(&format!("cannot be read: {error}"));
        // before it is opened: a FIFO would wait for its writer
        if !std::fs::metadata(source).map_err(cannot)?.is_file() {
            return Err(wrong("is not a regular file"));
        }
        let mut file = File::open(source).map_err(cannot)?;
        let not_stored = |error| not_stored(&attach.name, &error);
        let mut copy = temporary(artifacts).map_err(not_stored)?;
        let mut hasher = Hasher::default();
        let mut size = 0;
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = match file.read(&mut chunk) {
                Ok(0) => break,
                Ok(length) => chunk.get(..length).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(cannot(error)),
            };
            hasher.update(read);
            copy.write_all(read).map_err(not_stored)?;
            size += read.len() as u64;
        }
        let sha256 = hasher.finish();
        Ok(Self {
            name: attach.name.clone(),
            mime: mime_guess::from_path(&attach.source)
                .first_or_octet_stream()
                .to_string(),
            path: destination(&sha256, &attach.name).map_err(wrong)?,
            sha256,
            size,
            copy: Some(copy.into_temp_path()),
        })
    }

    /// The entry of the inputs' `files`.
    pub(crate) fn entry(&self) -> Node<'static> {
        let mut entry = Members::default();
        for (name, text) in [
            ("path", self.path.as_str()),
            ("sha256", &self.sha256),
            ("mime", &self.mime),
        ] {
            entry.push(name, Node::Text(text.to_owned().into()));
        }
        Node::Object(entry)
    }

    /// Puts the file in its place, whole or not at all, unless it is there already.
    fn store(&mut self, artifacts: &Path) -> Result<(), Error> {
        match self.copy.take() {
            Some(copy) => self
                .put(&copy, artifacts)
                .map_err(|error| not_stored(&self.name, &error)),
            None => Ok(()),
        }
    }

    fn put(&self, copy: &Path, artifacts: &Path) -> io::Result<()> {
        let root = Dir::open(artifacts)?;
        let (dirs, name) = self.path.split();
        let mut dir = root.clone();
        let mut above = Vec::new();
        for segment in dirs {
            above.push(dir.clone());
            dir = dir.make_child(segment)?;
        }
        if let Ok(there) = dir.open_file(name)
            && there.metadata()?.len() == self.size
            && sha256_of(there)?.0 == self.sha256
        {
            return Ok(());
        }
        File::open(copy)?.sync_all()?;
        let copy = copy
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        root.rename(copy, &dir, name)?;
        dir.sync()?;
        above.iter().try_for_each(Dir::sync)
    }
}

/// A file in the artifacts directory itself: on one file system with every place in it.
fn temporary(artifacts: &Path) -> io::Result<NamedTempFile> {
    std::fs::create_dir_all(artifacts)?;
    let mode = Dir::open(artifacts)?.file_mode()?;
    let copy = tempfile::Builder::new().prefix(COPY).tempfile_in(artifacts)?;
    rustix::fs::fchmod(&copy, mode)?;
    Ok(copy)
}

fn not_stored(name: &str, error: &io::Error) -> Error {
    Error::new(
        ErrorCode::OutputWrite,
        format!("the attached file {name} cannot be stored: {error}"),
    )
}

/// Where an attached file with this content goes.
fn destination(sha256: &str, name: &str) -> Result<WorldPath, &'static str> {
    WorldPath::parse(&format!("/artifacts/{INPUTS}/{sha256}/{name}"))
        .ok()
        .filter(|path| path.split().0.len() == 2)
        .ok_or("has a name that cannot be a file's; use letters, digits, `.`, `_` and `-`")
}
