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
        let escaped = whole(uri);
        let Ok(data) = DataUrl::process(&escaped) else {
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

/// The URI with what a reader of URLs would cut off or drop, such as the `#` of a colour in an SVG, escaped.
fn whole(uri: &str) -> String {
    let Some((head, content)) = uri.split_once(',') else {
        return uri.to_owned();
    };
    let mut whole = format!("{head},");
    for c in content.chars() {
        match c {
            '#' => whole.push_str("%23"),
            '\t' => whole.push_str("%09"),
            '\n' => whole.push_str("%0A"),
            '\r' => whole.push_str("%0D"),
            c => whole.push(c),
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_content_is_cut_off() {
        for (uri, content) in [
            (
                "data:image/svg+xml;utf8,<a fill=\"#f00\"\n\t/>",
                "<a fill=\"#f00\"\n\t/>",
            ),
            ("data:image/svg+xml;charset=UTF-8,%3Ca%20b='#1'/>", "<a b='#1'/>"),
            ("data:text/plain;base64,YWJj\r\nZGVm", "abcdef"),
            ("data:,#", "#"),
        ] {
            let uri = whole(uri);
            let data = DataUrl::process(&uri).unwrap();
            let (bytes, fragment) = data.decode_to_vec().unwrap();
            assert_eq!(String::from_utf8_lossy(&bytes), content);
            assert!(fragment.is_none());
        }
        let uri = whole("data:text/plain;base64,YWJj#ZGVm");
        assert!(DataUrl::process(&uri).unwrap().decode_to_vec().is_err());
    }
}
