//! Files inside of the output itself: `data:` URIs (RFC 2397).

use std::io::Write as _;

use data_url::DataUrl;
use data_url::forgiving_base64::DecodeError;
use runtime::{OutputItem, ProcessorError, ScratchFile};

use super::download::{Downloads, unwritable};
use super::kind::{Kind, keep_first};
use super::{Fetched, Task};

impl Downloads<'_> {
    /// Writes the content of a `data:` URI; `None` where no schema says that it is a file, and it does not look like one.
    ///
    /// # Errors
    ///
    /// Those of [`fetch`](super::fetch).
    pub(super) fn decode(
        &self,
        task: &Task,
        uri: &str,
        mut file: ScratchFile,
    ) -> Result<Option<Fetched>, ProcessorError> {
        let undecodable = || match task.is_certain {
            true => Err(self.refused(task, None, "is a data URI that cannot be decoded")),
            false => Ok(None),
        };
        let Ok(data) = DataUrl::process(uri) else {
            return undecodable();
        };
        let has_type = uri.get(5..).is_some_and(|rest| !rest.starts_with([',', ';']));
        if !task.is_certain && !has_type {
            return Ok(None);
        }
        let mut first = Vec::new();
        let written = data.decode(|piece| {
            let more = piece.len() as u64;
            self.count(task, None, more, file.size() + more)?;
            keep_first(&mut first, piece);
            file.write_all(piece).map_err(unwritable)
        });
        match written {
            Ok(_) => {}
            Err(DecodeError::WriteError(error)) => return Err(error),
            Err(DecodeError::InvalidBase64(_)) => {
                self.uncount(file.size());
                return undecodable();
            }
        }
        Ok(Some(Fetched {
            kind: Kind::of(Some(&data.mime_type().to_string()), &first, None),
            output: OutputItem::written("", "", file.finish().map_err(unwritable)?),
            source: "data:".to_owned(),
        }))
    }
}
