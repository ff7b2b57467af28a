//! Input files that go into a request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// An input file in memory.
#[derive(Debug)]
pub struct FileContent {
    /// Its media type: that of its entry, else the one that its first bytes show, else `application/octet-stream`.
    pub mime: String,
    /// The whole content.
    pub bytes: Vec<u8>,
}

impl FileContent {
    /// In base64 (RFC 4648, section 4).
    #[must_use]
    pub fn base64(&self) -> String {
        STANDARD.encode(&self.bytes)
    }

    /// As a data URI (RFC 2397).
    #[must_use]
    pub fn data_uri(&self) -> String {
        let mut uri = format!("data:{};base64,", self.mime);
        STANDARD.encode_string(&self.bytes, &mut uri);
        uri
    }
}
