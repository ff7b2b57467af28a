//! Files inside of the output itself: `data:` URIs (RFC 2397).

use std::io::Write as _;

use data_url::DataUrl;
use data_url::forgiving_base64::DecodeError;
use runtime::{OutputItem, ProcessorError, ScratchFile};

use super::Fetched;
use super::download::{Downloads, refused, unwritable};
use super::kind::{Kind, TELLING};
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
        let undecodable = || refused(name, None, "is a data URI that cannot be decoded");
        let data = DataUrl::process(uri).map_err(|_| undecodable());
        let has_type = uri.get(5..).is_some_and(|rest| !rest.starts_with([',', ';']));
        let data = match (data, says) {
            (data, Says::File) => data?,
            (Ok(data), _) if has_type => data,
            (Ok(_) | Err(_), _) => return Ok(None),
        };
        let mut first = Vec::new();
        let written = data.decode(|piece| {
            self.count(name, None, piece.len() as u64, file.size() + piece.len() as u64)?;
            let missing = TELLING.saturating_sub(first.len()).min(piece.len());
            first.extend_from_slice(piece.get(..missing).unwrap_or_default());
            file.write_all(piece).map_err(unwritable)
        });
        match written {
            Ok(_) => {}
            Err(DecodeError::WriteError(error)) => return Err(error),
            Err(DecodeError::InvalidBase64(_)) if says == Says::File => return Err(undecodable()),
            Err(DecodeError::InvalidBase64(_)) => return Ok(None),
        }
        Ok(Some(Fetched {
            kind: Kind::of(Some(&data.mime_type().to_string()), &first, None),
            output: OutputItem::written("", "", file.finish().map_err(unwritable)?),
            source: "data:".to_owned(),
        }))
    }
}
