//! What a provider keeps from one run of an execution to the next.

use std::io;

use contracts::ProcessorRef;
use contracts::store;

/// The place for it, and whose it is.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) place: store::Kept,
    pub(crate) inputs_sha256: String,
    pub(crate) processor_ref: ProcessorRef,
}

impl Kept {
    pub(crate) fn read(&self) -> io::Result<Option<String>> {
        self.place.read(&self.inputs_sha256, self.processor_ref.as_str())
    }

    pub(crate) fn write(&self, text: &str) -> io::Result<()> {
        self.place
            .write(&self.inputs_sha256, self.processor_ref.as_str(), text)
    }

    pub(crate) fn remove(&self) -> io::Result<()> {
        self.place.remove()
    }
}
