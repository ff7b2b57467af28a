//! The input files of an inputs document.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::json::{Members, Node, pointer_part};
use crate::world_path::WorldPath;

/// One entry of `files`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InputFile {
    /// Its SHA-256 in hexadecimal digits of either case, if the caller says it.
    pub sha256: Option<String>,
    /// Its media type, if the caller says it.
    pub mime: Option<String>,
    path: WorldPath,
}

impl InputFile {
    /// Its world path.
    #[must_use]
    pub const fn path(&self) -> &WorldPath {
        &self.path
    }
}

/// Checks the object `files`.
pub(super) fn parse(files: &Members<'_>) -> Result<BTreeMap<String, InputFile>, Error> {
    files
        .iter()
        .map(|(name, entry)| Ok((name.to_owned(), parse_entry(name, entry)?)))
        .collect()
}

fn parse_entry(name: &str, entry: &Node<'_>) -> Result<InputFile, Error> {
    let at = pointer(name);
    let Node::Object(entry) = entry else {
        return Err(Error::inputs(format!("{at} is not an object")));
    };
    if let Some(unknown) = entry.keys().find(|key| !["path", "sha256", "mime"].contains(key)) {
        return Err(Error::inputs(format!(
            "{at}/{} is not a field of a file; it has path, sha256 and mime",
            pointer_part(unknown)
        )));
    }
    let text = |field: &str| match entry.get(field) {
        None => Ok(None),
        Some(Node::Text(text)) => Ok(Some(text.as_ref())),
        Some(_) => Err(Error::inputs(format!("{at}/{field} is not a string"))),
    };
    let path = text("path")?.ok_or_else(|| Error::inputs(format!("{at} has no path")))?;
    let path = WorldPath::parse(path)
        .map_err(|error| Error::inputs(format!("{at}/path is not a world path: {}", error.message())))?;
    let sha256 = text("sha256")?;
    if sha256.is_some_and(|hex| hex.len() != 64 || !hex.bytes().all(|b| b.is_ascii_hexdigit())) {
        return Err(Error::inputs(format!("{at}/sha256 is not 64 hexadecimal digits")));
    }
    Ok(InputFile {
        sha256: sha256.map(str::to_owned),
        mime: text("mime")?.map(str::to_owned),
        path,
    })
}

/// The JSON pointer of an entry of `files`.
#[must_use]
pub fn pointer(name: &str) -> String {
    format!("/files/{}", pointer_part(name))
}
