//! One call while it runs.

use std::time::Instant;

use documents::layout::EXECUTIONS;
use documents::receipt::Status;
use store::Store;

use crate::call::{Call, UNKNOWN};
use crate::paths;

/// A call, the artifacts that its run may change, and the image that runs it.
pub(super) struct Attempt<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) call: &'a Call,
    pub(super) image: Option<&'a str>,
    pub(super) started: Instant,
}

impl<'a> Attempt<'a> {
    pub(super) fn start(store: &'a dyn Store, call: &'a Call, image: Option<&'a str>) -> Self {
        let started = Instant::now();
        Self {
            store,
            call,
            image,
            started,
        }
    }

    /// Whether another run has the execution: a killed orchestrator's processor, perhaps of another image.
    pub(super) fn is_leased(&self) -> bool {
        let id = self.call.execution_id.as_str();
        self.store.is_leased(&[EXECUTIONS, id])
    }

    /// Whether this execution id has a success receipt.
    pub(super) fn has_succeeded(&self) -> bool {
        store::status(self.store, &self.call.execution_id) == Some(Status::Success)
    }

    pub(super) fn fingerprint(&self) -> String {
        self.call
            .fingerprint(self.image.filter(|image| *image != UNKNOWN))
    }

    /// A message for documents: without secrets, and with the name that every document has for the artifacts directory.
    pub(super) fn public(&self, message: &str) -> String {
        self.call.redactor.safe_text(&self.with_artifacts_named(message))
    }

    /// A text with the name that every document has for the artifacts directory.
    pub(super) fn with_artifacts_named(&self, text: &str) -> String {
        match self.store.host_path().and_then(|dir| dir.to_str()) {
            Some(dir) => paths::with_dir_renamed(text, dir, paths::ARTIFACTS),
            None => text.to_owned(),
        }
    }
}
