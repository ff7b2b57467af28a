//! Files inside of the output itself: `data:` URIs (RFC 2397).

use std::borrow::Cow;
use std::io::Write as _;

use data_url::forgiving_base64;
use percent_encoding::percent_decode_str;
use runtime::{ProcessorError, ScratchFile};

use super::download::{Downloads, unwritable};
use super::kind::{Kind, essence, keep_first};
use super::{Fetched, Task};

/// The media type of a URI that names none (RFC 2397, section 2).
const DEFAULT: &str = "text/plain";

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
        let data = Data::parse(uri).filter(|data| task.is_certain || data.mime.is_some());
        let content = data.as_ref().and_then(Data::content);
        let (Some(data), Some(content)) = (data, content) else {
            return match task.is_certain {
                true => Err(self.refused(task, None, "is a data URI that cannot be decoded")),
                false => Ok(None),
            };
        };
        let size = content.len() as u64;
        self.count(task, None, size, size)?;
        let mut first = Vec::new();
        keep_first(&mut first, &content);
        file.write_all(&content).map_err(unwritable)?;
        let mime = data
            .mime
            .as_deref()
            .or_else(|| is_text(&first).then_some(DEFAULT));
        let kind = Kind::of(mime, &first, &[]);
        let written = file.finish().map_err(unwritable)?;
        Ok(Some(Fetched::new(written, false, kind, "data:".to_owned())))
    }
}

/// Whether a text is a `data:` URI that names a media type, and so is no prose about data.
pub(crate) fn is_typed(uri: &str) -> bool {
    Data::parse(uri).is_some_and(|data| data.mime.is_some())
}

/// A `data:` URI, in parts.
struct Data<'a> {
    /// Type and subtype, if there are any.
    mime: Option<String>,
    is_base64: bool,
    /// All that follows the comma. A `#` in it begins no fragment, whatever a reader of addresses would say: models write SVGs
    /// with colours as they are.
    content: &'a str,
}

impl<'a> Data<'a> {
    fn parse(uri: &'a str) -> Option<Self> {
        let scheme = uri.get(..5)?;
        let rest = uri.get(5..).filter(|_| scheme.eq_ignore_ascii_case("data:"))?;
        let (head, content) = split(rest)?;
        let head = percent_decode_str(head).decode_utf8().ok()?;
        let mut parts = head.split(';').map(str::trim);
        Some(Self {
            mime: parts.next().and_then(essence),
            is_base64: parts.any(|part| part.eq_ignore_ascii_case("base64")),
            content,
        })
    }

    /// The bytes that it stands for, all of them; `None` where its base64 is none.
    fn content(&self) -> Option<Cow<'a, [u8]>> {
        let bytes: Cow<'a, [u8]> = percent_decode_str(self.content).into();
        match self.is_base64 {
            true => Some(forgiving_base64::decode_to_vec(&bytes).ok()?.into()),
            false => Some(bytes),
        }
    }
}

/// Splits at the first comma that is not in a quoted parameter.
fn split(rest: &str) -> Option<(&str, &str)> {
    let mut is_quoted = false;
    let comma = rest.find(|c| {
        is_quoted ^= c == '"';
        c == ',' && !is_quoted
    });
    let first = || rest.find(','); // the quotation has no end
    let comma = comma.or_else(first)?;
    Some((rest.get(..comma)?, rest.get(comma + 1..)?))
}

/// Whether a beginning is that of a text: of UTF-8, cut off anywhere, without a NUL.
fn is_text(first: &[u8]) -> bool {
    let is_utf8 = std::str::from_utf8(first).map_or_else(|error| error.error_len().is_none(), |_| true);
    is_utf8 && !first.contains(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_content_is_cut_off() {
        for (uri, mime, content) in [
            (
                "data:image/svg+xml;utf8,<a fill=\"#f00\"\n\t/>",
                Some("image/svg+xml"),
                "<a fill=\"#f00\"\n\t/>",
            ),
            (
                "DATA:Image/SVG+XML;charset=UTF-8,%3Ca%20b='#1' w='100%'/>",
                Some("image/svg+xml"),
                "<a b='#1' w='100%'/>",
            ),
            (
                "data:text/csv;header=present,a,b\r\n1,2\n ",
                Some("text/csv"),
                "a,b\r\n1,2\n ",
            ),
            (
                "data:text/plain;base64,YWJj\r\nZGVm",
                Some("text/plain"),
                "abcdef",
            ),
            ("data:text/plain;base64,YWJjZA%3D%3D", Some("text/plain"), "abcd"),
            (
                "data:text/plain; BASE64 ;charset=utf-8,YWJjZA",
                Some("text/plain"),
                "abcd",
            ),
            (
                "data:text/plain;name=\"a,b\";base64,YWJj",
                Some("text/plain"),
                "abc",
            ),
            ("data:text/plain;name=\"a,b", Some("text/plain"), "b"),
            ("data:text%2Fplain,x", Some("text/plain"), "x"),
            ("data:text/plain;name=a#b,x", Some("text/plain"), "x"),
            ("data:;base64,YWJj", None, "abc"),
            ("data:,#", None, "#"),
            ("data:svg,", None, ""),
        ] {
            let data = Data::parse(uri).unwrap();
            assert_eq!(data.mime.as_deref(), mime, "{uri}");
            assert_eq!(
                String::from_utf8_lossy(&data.content().unwrap()),
                content,
                "{uri}"
            );
        }
    }

    #[test]
    fn what_is_not_whole_is_nothing() {
        for uri in [
            "data:image/png",
            "data",
            "dätä:,x",
            "https://h/a,b",
            "data:%ff/x,y",
        ] {
            assert!(Data::parse(uri).is_none(), "{uri}");
        }
        for uri in [
            "data:text/plain;base64,YWJj#ZGVm",
            "data:;base64,YWJjZ",
            "data:;base64,<a>",
        ] {
            assert!(Data::parse(uri).unwrap().content().is_none(), "{uri}");
        }
    }

    #[test]
    fn texts_are_told_from_other_bytes() {
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
