//! The destination of log lines.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

/// A destination that several threads share.
#[derive(Clone)]
pub struct LogWriter(Arc<Mutex<Box<dyn Write + Send>>>);

impl LogWriter {
    /// Writes to this destination.
    #[must_use]
    pub fn new(writer: Box<dyn Write + Send>) -> Self {
        Self(Arc::new(Mutex::new(writer)))
    }

    /// Writes all bytes at once. Errors are dropped: nothing is left to report them to.
    pub fn write(&self, bytes: &[u8]) {
        let mut writer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = writer.write_all(bytes);
    }
}
