//! Files inside of the output itself: `data:` URIs (RFC 2397).

use std::io::Write as _;

use data_url::DataUrl;
use reqwest::Url;
use runtime::{OutputItem, ProcessorError, ScratchFile};

use super::Fetched;
use super::download::{Downloads, refused, unwritable};
use super::kind::Kind;
use crate::schema::Says;

impl Downloads<'_> {
    /// Writes the content of a `data:` URI; `None` where nothing says that it is a file, and it does not look like one.
    ///
    /// # Errors
    ///
    /// Those of [`fetch`](super::fetch).
    pub(super) fn decode(
        &self,
        name: &str,
        uri: &str,
        mut file: ScratchFile,
        says: Says,
    ) -> Result<Option<Fetched>, ProcessorError> {
        let decoded = DataUrl::process(uri).ok().and_then(|data| {
            let (bytes, _) = data.decode_to_vec().ok()?;
            Some((data.mime_type().to_string(), bytes))
        });
        let has_type = uri.get(5..).is_some_and(|rest| !rest.starts_with([',', ';']));
        let (mime, bytes) = match (decoded, says) {
            (Some(decoded), Says::File) => decoded,
            (Some(decoded), _) if has_type => decoded,
            (None, Says::File) => return Err(refused(name, None, "is a data URI that cannot be decoded")),
            (Some(_) | None, _) => return Ok(None),
        };
        self.count(name, None, bytes.len() as u64, bytes.len() as u64)?;
        file.write_all(&bytes).map_err(unwritable)?;
        Ok(Some(Fetched {
            kind: Kind::of(Some(&mime), &bytes, None::<&Url>),
            output: OutputItem::written("", "", file.finish()),
            source: "data:".to_owned(),
        }))
    }
}
