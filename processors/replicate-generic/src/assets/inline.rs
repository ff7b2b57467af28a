//! Writes files that are inside the output itself.

use bytes::Bytes;
use runtime::{ProcessorError, ScratchFile};

use super::download::{Downloads, Task};
use super::fetched_file::FetchedFile;
use super::file_type::FileType;
use super::partial_file::PartialFile;
use crate::data_uri::DataUri;
use crate::media_type::PLAIN_TEXT;

/// The media type of a URI without one (RFC 2397, section 2).
const DEFAULT: &str = PLAIN_TEXT;

impl Downloads<'_> {
    /// Writes the content of a `data:` URI; `None` if no schema declares it a file, and it does not look like one.
    ///
    /// # Errors
    ///
    /// Those of [`fetch`](super::fetch).
    pub(super) fn decode(
        &self,
        task: &Task,
        uri: &str,
        file: ScratchFile,
    ) -> Result<Option<FetchedFile>, ProcessorError> {
        let data = DataUri::parse(uri).filter(|data| task.is_certain || data.mime.is_some());
        let content = data.as_ref().and_then(DataUri::content);
        let (Some(data), Some(content)) = (data, content) else {
            if task.is_certain {
                return Err(self.refuse(task, None, "is a data URI that cannot be decoded"));
            }
            return Ok(None);
        };
        let size = content.len() as u64;
        self.count(task, None, size, size)?;
        let mut partial = PartialFile::new(file);
        partial.append(Bytes::from(content.into_owned()))?;
        let mime = data.mime.as_deref();
        let mime = mime.or_else(|| is_text(partial.first()).then_some(DEFAULT));
        let file_type = FileType::detect(mime, partial.first(), &[]);
        let written = partial.finish()?;
        Ok(Some(FetchedFile::new(
            written,
            false,
            file_type,
            "data:".to_owned(),
        )))
    }
}

/// Whether the first bytes are text: UTF-8, cut off anywhere, without a NUL.
fn is_text(first: &[u8]) -> bool {
    let is_utf8 = std::str::from_utf8(first).map_or_else(|error| error.error_len().is_none(), |_| true);
    is_utf8 && !first.contains(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_distinguished_from_other_bytes() {
        for (first, expected) in [
            (&b"text"[..], true),
            (b"", true),
            (b"caf\xc3", true),
            (b"caf\xe9!", false),
            (b"a\0b", false),
        ] {
            assert_eq!(is_text(first), expected, "{first:?}");
        }
    }
}
