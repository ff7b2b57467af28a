//! A body as far as it has come.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The bytes of a body as far as they have come. A clone shares them, so that what was paid for outlives a reader that is cut off: by
/// an error, a timeout, or the end of the run.
#[derive(Clone, Default)]
pub struct Received(Arc<Mutex<Vec<u8>>>);

impl Received {
    /// Adds bytes.
    pub fn push(&self, bytes: &[u8]) {
        self.lock().extend_from_slice(bytes);
    }

    /// How many bytes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// What a function says of the bytes.
    pub fn with<T>(&self, look: impl FnOnce(&[u8]) -> T) -> T {
        look(&self.lock())
    }

    /// Removes and returns the bytes.
    #[must_use]
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
