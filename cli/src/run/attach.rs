//! `--attach`: files that go along with a run, by their content.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use documents::hash::{Hasher, sha256_of};
use documents::json::{Members, Node};
use documents::{ErrorCode, WorldPath};
use store::{NewFile, Store};

use crate::environment::Environment;
use crate::error::Error;
use crate::given_file;

/// Where attached files are, below the artifacts directory.
const INPUTS: &str = "inputs";
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
    /// What was hashed, until it is stored.
    copy: Option<Box<dyn NewFile>>,
}

/// All attached files of a command: read once, as they are copied, and stored once, when the first run needs them.
pub(crate) struct Attachments {
    given: Vec<Attach>,
    artifacts: Arc<dyn Store>,
    environment: Environment,
    read: Option<Vec<Attachment>>,
}

impl Attachments {
    pub(crate) fn new(given: Vec<Attach>, artifacts: Arc<dyn Store>, environment: Environment) -> Self {
        Self {
            given,
            artifacts,
            environment,
            read: None,
        }
    }

    /// The files with their content known.
    pub(crate) fn read(&mut self) -> Result<&[Attachment], Error> {
        let read = match self.read.take() {
            Some(read) => read,
            None => self
                .given
                .iter()
                .map(|attach| Attachment::read(attach, &self.environment, &*self.artifacts))
                .collect::<Result<_, _>>()?,
        };
        Ok(self.read.insert(read))
    }

    /// Puts them where the processor finds them.
    pub(crate) fn store(&mut self) -> Result<(), Error> {
        self.read()?;
        let mut read = self.read.iter_mut().flatten();
        read.try_for_each(|attachment| attachment.store(&*self.artifacts))
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
    /// Copies the file, and hashes it as it does.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE` that names it, or `ERR_OUTPUT_WRITE` for the copy.
    fn read(attach: &Attach, environment: &Environment, artifacts: &dyn Store) -> Result<Self, Error> {
        let Attach { name, source } = attach;
        let given = format!("--attach {name}={}", source.display());
        let cannot = |error: io::Error| given_file::unreadable(&given, &error.to_string());
        // before it is opened: a FIFO would wait for its writer
        if !given_file::look(&given, source, environment)?.is_file() {
            return Err(given_file::unreadable(&given, "it is not a regular file"));
        }
        let mut file = File::open(environment.path(source)).map_err(cannot)?;
        let not_stored = |error| not_stored(&attach.name, &error);
        let mut copy = artifacts.create().map_err(not_stored)?;
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
            path: destination(&sha256, name)
                .map_err(|why| Error::new(ErrorCode::Usage, format!("{given} {why}")))?,
            sha256,
            size,
            copy: Some(copy),
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
    fn store(&mut self, artifacts: &dyn Store) -> Result<(), Error> {
        let Some(copy) = self.copy.take() else {
            return Ok(());
        };
        let is_there = || {
            let there = artifacts.open(&self.path).ok();
            let there = there.filter(|there| there.size_bytes == self.size);
            there.map_or(Ok(false), |there| Ok(sha256_of(there)?.0 == self.sha256))
        };
        is_there()
            .and_then(|is_there| {
                if is_there {
                    Ok(())
                } else {
                    copy.publish(&self.path)
                }
            })
            .map_err(|error| not_stored(&self.name, &error))
    }
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
