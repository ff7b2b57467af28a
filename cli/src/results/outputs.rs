//! The outputs of one success, each read when it is first needed.

use std::io::Read as _;
use std::path::Path;

use documents::WorldPath;
use documents::layout::OUTPUTS;
use documents::outputs::{Index, IndexEntry};
use store::{Artifacts, ReadError};

/// The output that answers of services are in.
const RESPONSE: &str = "response.json";
/// An output that is larger is no document.
const LARGEST: u64 = 64 * 1024 * 1024;

pub(super) struct Outputs<'a> {
    artifacts: &'a dyn Artifacts,
    index: WorldPath,
    entries: Option<Vec<IndexEntry>>,
    response: Option<Vec<u8>>,
}

impl<'a> Outputs<'a> {
    /// Those of an index.
    ///
    /// # Errors
    ///
    /// A clause that says which output cannot be read.
    pub(super) fn new(artifacts: &'a dyn Artifacts, index: &str) -> Result<Self, String> {
        let index = WorldPath::parse(index).map_err(|error| format!("the receipt's index: {error}"))?;
        let path = WorldPath::parse(&index.beside(&format!("{OUTPUTS}/{RESPONSE}")));
        let response = path.ok().map(|path| read(artifacts, &path)).transpose();
        let mut this = Self {
            artifacts,
            index,
            entries: None,
            response: response?.flatten(),
        };
        if this.response.is_none() && this.entries()?.iter().any(|entry| is_response(&entry.path)) {
            return Err(format!("{OUTPUTS}/{RESPONSE} is missing"));
        }
        Ok(this)
    }

    /// `outputs/response.json`, if there is one.
    pub(super) fn response(&self) -> Option<&[u8]> {
        self.response.as_deref()
    }

    /// The other outputs.
    ///
    /// # Errors
    ///
    /// A clause for an index that cannot be read.
    pub(super) fn others(&mut self) -> Result<impl Iterator<Item = &IndexEntry>, String> {
        let entries = self.entries()?.iter();
        Ok(entries.filter(|entry| !is_response(&entry.path)))
    }

    /// The other outputs that are JSON.
    ///
    /// # Errors
    ///
    /// A clause for an output that cannot be read.
    pub(super) fn documents(&mut self) -> Result<Vec<Vec<u8>>, String> {
        let others = self.others()?;
        let json = others.filter(|entry| entry.mime == "application/json" || entry.mime.ends_with("+json"));
        let paths: Vec<_> = json
            .filter_map(|entry| WorldPath::parse(&entry.path).ok())
            .collect();
        let documents = paths.iter().map(|path| {
            let document = read(self.artifacts, path)?;
            document.ok_or_else(|| format!("{path} is missing"))
        });
        documents.collect()
    }

    fn entries(&mut self) -> Result<&[IndexEntry], String> {
        let entries = match self.entries.take() {
            Some(entries) => entries,
            None => {
                let path = &self.index;
                let bytes = read(self.artifacts, path)?.ok_or_else(|| format!("{path} is missing"))?;
                let index: Index = serde_json::from_slice(&bytes)
                    .map_err(|error| format!("{path} is no index of outputs: {error}"))?;
                index.outputs
            }
        };
        Ok(self.entries.insert(entries))
    }
}

/// Where a world path is on this machine.
pub(super) fn on_host(path: &str, dir: &Path) -> String {
    match path.strip_prefix("world://artifacts/") {
        Some(below) => dir.join(below).display().to_string(),
        None => path.to_owned(),
    }
}

fn is_response(path: &str) -> bool {
    let relpath = path.rsplit_once('/');
    relpath.is_some_and(|(dir, name)| name == RESPONSE && dir.ends_with(OUTPUTS))
}

/// A whole file; `None` where there is none.
fn read(artifacts: &dyn Artifacts, path: &WorldPath) -> Result<Option<Vec<u8>>, String> {
    let mut file = match artifacts.open(path) {
        Ok(file) => file,
        Err(ReadError::Missing) => return Ok(None),
        Err(error) => return Err(format!("{path} {error}")),
    };
    if file.size_bytes > LARGEST {
        return Err(format!("{path} is larger than 64 MiB, and no document"));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(file.size_bytes).unwrap_or_default());
    match file.read_to_end(&mut bytes) {
        Ok(_) => Ok(Some(bytes)),
        Err(error) => Err(format!("{path} cannot be read: {error}")),
    }
}
