//! `--attach`: files that go along with a run, by their content.

use std::fs::File;
use std::io::{self, Seek as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use contracts::hash::sha256_of;
use contracts::json::{Members, Node};
use contracts::store::Folder;
use contracts::{ErrorCode, ProcessorError, WorldPath};

/// Where attached files are, below the artifacts folder.
const INPUTS: &str = "inputs";

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
    source: PathBuf,
    sha256: String,
    mime: String,
    path: WorldPath,
}

/// All attached files of a command: read once, and stored once, when the first run needs them.
#[derive(Debug)]
pub(crate) struct Attachments {
    given: Vec<Attach>,
    read: Option<Vec<Attachment>>,
    is_stored: bool,
}

impl Attachments {
    pub(crate) const fn new(given: Vec<Attach>) -> Self {
        Self {
            given,
            read: None,
            is_stored: false,
        }
    }

    /// The files with their content known.
    ///
    /// # Errors
    ///
    /// Those of [`Attachment::read`].
    pub(crate) fn read(&mut self) -> Result<&[Attachment], ProcessorError> {
        let read = match self.read.take() {
            Some(read) => read,
            None => self
                .given
                .iter()
                .map(Attachment::read)
                .collect::<Result<_, _>>()?,
        };
        Ok(self.read.insert(read))
    }

    /// Puts them where the processor finds them.
    ///
    /// # Errors
    ///
    /// Those of [`Attachment::store`].
    pub(crate) fn store(&mut self, artifacts: &Path) -> Result<(), ProcessorError> {
        if !self.is_stored {
            self.read()?
                .iter()
                .try_for_each(|attachment| attachment.store(artifacts))?;
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
        place(&"0".repeat(64), name)?;
        Ok(Self {
            name: name.to_owned(),
            source: source.into(),
        })
    }
}

impl Attachment {
    /// Reads and hashes the file.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` that names it.
    fn read(attach: &Attach) -> Result<Self, ProcessorError> {
        let wrong = |why: &str| {
            ProcessorError::new(
                ErrorCode::Inputs,
                format!("the attached file {} {why}", attach.name),
            )
        };
        let cannot = |error: io::Error| wrong(&format!("cannot be read: {error}"));
        // before it is opened: a FIFO would wait for its writer
        if !std::fs::metadata(&attach.source).map_err(cannot)?.is_file() {
            return Err(wrong("is not a regular file"));
        }
        let file = File::open(&attach.source).map_err(cannot)?;
        let (sha256, _) = sha256_of(file).map_err(cannot)?;
        let path = place(&sha256, &attach.name).map_err(wrong)?;
        Ok(Self {
            name: attach.name.clone(),
            mime: mime_guess::from_path(&attach.source)
                .first_or_octet_stream()
                .to_string(),
            source: attach.source.clone(),
            sha256,
            path,
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

    /// Puts the file in its place, whole or not at all; what is there already with this content stays.
    ///
    /// # Errors
    ///
    /// `ERR_OUTPUT_WRITE`, and `ERR_INPUTS` where the file has changed since it was hashed.
    fn store(&self, artifacts: &Path) -> Result<(), ProcessorError> {
        match self.copy(artifacts) {
            Ok(true) => Ok(()),
            Ok(false) => Err(ProcessorError::new(
                ErrorCode::Inputs,
                format!(
                    "the attached file {} changed while it was copied; attach it again",
                    self.name
                ),
            )),
            Err(error) => Err(ProcessorError::new(
                ErrorCode::OutputWrite,
                format!("the attached file {} cannot be stored: {error}", self.name),
            )),
        }
    }

    fn copy(&self, artifacts: &Path) -> io::Result<bool> {
        std::fs::create_dir_all(artifacts)?;
        let root = Folder::at(artifacts)?;
        let (folders, name) = self.path.split();
        let mut folder = root.clone();
        let mut above = Vec::new();
        for segment in folders {
            above.push(folder.clone());
            folder = folder.make_child(segment)?;
        }
        if let Ok(there) = folder.open_file(name)
            && sha256_of(there)?.0 == self.sha256
        {
            return Ok(true);
        }
        let temporary = format!(".{name}.{}", std::process::id());
        let temporary = match temporary.len() > 255 {
            true => format!(".{}", std::process::id()),
            false => temporary,
        };
        let copied = self.copy_to(&folder, &temporary, name);
        if !matches!(copied, Ok(true)) {
            folder.remove_file(&temporary)?;
            return copied;
        }
        folder.sync()?;
        above.iter().try_for_each(Folder::sync)?;
        Ok(true)
    }

    /// Copies under another name first; `false` where the content is no longer what was hashed.
    fn copy_to(&self, folder: &Folder, temporary: &str, name: &str) -> io::Result<bool> {
        let mut copy = folder.create_file(temporary)?;
        io::copy(&mut File::open(&self.source)?, &mut copy)?;
        copy.rewind()?;
        if sha256_of(&copy)?.0 != self.sha256 {
            return Ok(false);
        }
        copy.sync_all()?;
        folder.rename(temporary, folder, name)?;
        Ok(true)
    }
}

/// Where an attached file with this content goes.
fn place(sha256: &str, name: &str) -> Result<WorldPath, &'static str> {
    WorldPath::parse(&format!("/artifacts/{INPUTS}/{sha256}/{name}"))
        .ok()
        .filter(|path| path.split().0.len() == 2)
        .ok_or("has a name that cannot be a file's; use letters, digits, `.`, `_` and `-`")
}
