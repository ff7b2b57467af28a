//! The text that a provider saves for the next run of its execution (`docs/spec.md#checkpoints`).

use std::io;

use documents::ProcessorRef;
use serde::{Deserialize, Serialize};

/// The checkpoint of an execution. A run with other inputs or of another processor does not see it.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    pub(crate) store: Box<dyn store::Checkpoint>,
    pub(crate) inputs_sha256: String,
    pub(crate) processor_ref: ProcessorRef,
}

#[derive(Serialize, Deserialize)]
struct Document {
    inputs_sha256: String,
    processor_ref: String,
    text: String,
}

impl Checkpoint {
    /// What an earlier run saved; an unreadable document counts as absent.
    pub(crate) fn read(&self) -> io::Result<Option<String>> {
        let bytes = self.store.read()?.unwrap_or_default();
        let document: Option<Document> = serde_json::from_slice(&bytes).ok();
        Ok(document
            .filter(|document| {
                document.inputs_sha256 == self.inputs_sha256
                    && document.processor_ref == self.processor_ref.as_str()
            })
            .map(|document| document.text))
    }

    pub(crate) fn save(&self, text: &str) -> io::Result<()> {
        self.store.save(&serde_json::to_vec(&Document {
            inputs_sha256: self.inputs_sha256.clone(),
            processor_ref: self.processor_ref.as_str().to_owned(),
            text: text.to_owned(),
        })?)
    }

    pub(crate) fn clear(&self) -> io::Result<()> {
        self.store.clear()
    }
}
