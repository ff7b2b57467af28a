//! The inputs of a run, as a provider gets them.

mod content;
mod files;
mod placeholders;

pub use content::FileContent;
pub use documents::inputs::InputFile;
pub use files::InputReader;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use documents::Mode;
use documents::inputs::Normalized;
use serde_json::{Map, Value};
use store::Artifacts;

/// The normalized inputs of a run: what was hashed, and nothing else.
#[non_exhaustive]
pub struct Inputs {
    /// The model to run, where the caller named one.
    pub model: Option<String>,
    /// The provider's parameters. Numbers have the value of their canonical form: `1.0` is the integer 1.
    pub params: Map<String, Value>,
    /// The input files by name; [`Inputs::open`] reads one.
    pub files: BTreeMap<String, InputFile>,
    /// Whether to call the provider's service.
    pub mode: Mode,
    artifacts: Option<Arc<dyn Artifacts>>,
}

impl From<Normalized<'_>> for Inputs {
    fn from(normalized: Normalized<'_>) -> Self {
        let Normalized {
            model,
            params,
            files,
            mode,
            hashes: _,
        } = normalized;
        Self {
            model,
            params: params.into_map(),
            files,
            mode,
            artifacts: None,
        }
    }
}

impl fmt::Debug for Inputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inputs")
            .field("model", &self.model)
            .field("params", &self.params)
            .field("files", &self.files)
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}
