//! The registry: a folder with one YAML file a processor (section 15 of the contracts).

pub(crate) mod check;
mod command;
pub(crate) mod entry;
mod list;
pub(crate) mod schema;
mod verdict;

use std::path::{Path, PathBuf};

use documents::{Error as ProcessorError, ErrorCode, ProcessorRef};

pub(crate) use command::{RegistryCommand, RegistryFolder};
pub(crate) use entry::Entry;

/// The folder's usual name.
const FOLDER: &str = "registry";

/// A registry on this machine.
#[derive(Clone, Debug)]
pub(crate) struct Registry {
    folder: PathBuf,
}

impl Registry {
    /// The folder that was given, else `registry` in the working folder or the nearest one above it.
    ///
    /// # Errors
    ///
    /// `ERR_REGISTRY` where there is none.
    pub(crate) fn find(given: Option<&Path>) -> Result<Self, ProcessorError> {
        let folder = match given {
            Some(folder) => Some(folder.to_owned()).filter(|folder| folder.is_dir()),
            None => std::env::current_dir().ok().and_then(|here| {
                here.ancestors()
                    .map(|above| above.join(FOLDER))
                    .find(|folder| folder.is_dir())
            }),
        };
        folder.map(|folder| Self { folder }).ok_or_else(|| {
            error(match given {
                Some(given) => format!("there is no registry folder {}; name one with --registry", given.display()),
                None => "there is no folder `registry` here or above; go to the workspace, or name one with --registry"
                    .into(),
            })
        })
    }

    /// The folder itself.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The workspace that the registry stands in: the folder above it.
    pub(crate) fn workspace(&self) -> PathBuf {
        match self.folder.canonicalize() {
            Ok(folder) => folder.parent().unwrap_or(&folder).to_owned(),
            Err(_) => self.folder.join(".."),
        }
    }

    /// A file of the registry as people read it: from the working folder where it is below that, else from the root.
    pub(crate) fn shown(&self, path: &Path) -> String {
        let here = std::env::current_dir().unwrap_or_default();
        path.strip_prefix(here).unwrap_or(path).display().to_string()
    }

    /// Where the entry of a processor is.
    pub(crate) fn path(&self, processor_ref: &ProcessorRef) -> PathBuf {
        self.folder.join(file_name(processor_ref))
    }

    /// The entry of a processor.
    ///
    /// # Errors
    ///
    /// `ERR_REGISTRY` where there is none, or it cannot be used.
    pub(crate) fn entry(&self, processor_ref: &ProcessorRef) -> Result<Entry, ProcessorError> {
        let path = self.path(processor_ref);
        if !path.is_file() {
            return Err(error(format!(
                "the registry has no {FOLDER}/{}; `counterfoil registry list` shows what it has",
                file_name(processor_ref)
            )));
        }
        let entry = Entry::read(&path)?;
        if entry.processor_ref != *processor_ref {
            return Err(error(format!(
                "{FOLDER}/{} is the entry of {}, not of {processor_ref}; ask for that one, or add an entry",
                file_name(processor_ref),
                entry.processor_ref
            )));
        }
        Ok(entry)
    }

    /// Every file that should be an entry, sorted by name.
    ///
    /// # Errors
    ///
    /// `ERR_REGISTRY` where the folder cannot be read.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>, ProcessorError> {
        let unreadable = |problem| {
            error(format!(
                "the registry {} cannot be read: {problem}",
                self.folder.display()
            ))
        };
        let mut files = Vec::new();
        for found in self.folder.read_dir().map_err(unreadable)? {
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

fn error(what: impl Into<String>) -> ProcessorError {
    ProcessorError::new(ErrorCode::Registry, what)
}
