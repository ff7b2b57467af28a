//! The registry on this machine.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use documents::{ErrorCode, ProcessorRef};

use super::entry::Entry;
use crate::environment::Environment;
use crate::error::Error;

/// The directory's usual name.
const NAME: &str = "registry";

/// A registry on this machine.
#[derive(Clone, Debug)]
pub(crate) struct Registry {
    dir: PathBuf,
    environment: Environment,
}

impl Registry {
    /// The directory that was given, else `registry` in the current directory or the first one above it.
    pub(crate) fn find(given: Option<&Path>, environment: &Environment) -> Result<Self, Error> {
        let mut candidates: Vec<_> = match given {
            Some(given) => vec![environment.path(given)],
            None => environment
                .directory()
                .ancestors()
                .map(|above| above.join(NAME))
                .collect(),
        };
        candidates.retain(|dir| dir.is_dir());
        match (candidates.into_iter().next(), given) {
            (Some(dir), _) => Ok(Self {
                dir,
                environment: environment.clone(),
            }),
            (None, Some(given)) => Err(
                error(format!("there is no registry directory {}", given.display()))
                    .hint("name one with --registry"),
            ),
            (None, None) => Err(error("there is no directory `registry` here or above")
                .hint("go to the workspace, or name one with --registry")),
        }
    }

    /// The directory itself.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The workspace that the registry stands in: the directory above it.
    pub(crate) fn workspace(&self) -> PathBuf {
        match self.dir.canonicalize() {
            Ok(dir) => dir.parent().unwrap_or(&dir).to_owned(),
            Err(_) => self.dir.join(".."),
        }
    }

    /// A path as people read it: from the current directory where it is below that, else from the root.
    pub(crate) fn shown(&self, path: &Path) -> String {
        let here = self.environment.directory();
        path.strip_prefix(here).unwrap_or(path).display().to_string()
    }

    /// Where the entry of a processor is.
    pub(crate) fn path(&self, processor_ref: &ProcessorRef) -> PathBuf {
        self.dir.join(file_name(processor_ref))
    }

    /// The entry of a processor.
    pub(crate) fn entry(&self, processor_ref: &ProcessorRef) -> Result<Entry, Error> {
        let path = self.path(processor_ref);
        if !path.is_file() {
            return Err(
                error(format!("the registry has no {NAME}/{}", file_name(processor_ref)))
                    .hint("`counterfoil registry list` shows what it has"),
            );
        }
        let entry = Entry::read(&path)?;
        if entry.processor_ref != *processor_ref {
            let message = format!(
                "{NAME}/{} is the entry of {}, not of {processor_ref}",
                file_name(processor_ref),
                entry.processor_ref
            );
            return Err(error(message).hint("ask for that one, or add an entry"));
        }
        Ok(entry)
    }

    /// Every file that should be an entry, sorted by name.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>, Error> {
        let unreadable = |problem| {
            error(format!(
                "the registry {} cannot be read: {problem}",
                self.shown(&self.dir)
            ))
        };
        let mut files = Vec::new();
        for found in self.dir.read_dir().map_err(unreadable)? {
            let path = found.map_err(unreadable)?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "yaml" || extension == "yml")
            {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }
}

/// `ns_name.yaml`.
pub(crate) fn file_name(processor_ref: &ProcessorRef) -> String {
    format!("{}_{}.yaml", processor_ref.namespace(), processor_ref.name())
}

fn error(message: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorCode::Registry, message)
}
