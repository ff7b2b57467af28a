//! `data:` URIs (RFC 2397): files inside the output itself.

use std::borrow::Cow;

use data_url::forgiving_base64;
use percent_encoding::percent_decode_str;

use crate::media_type::essence;

pub(crate) struct DataUri<'a> {
    /// Type and subtype, if given.
    pub(crate) mime: Option<String>,
    is_base64: bool,
    /// All that follows the comma. A `#` does not begin a fragment here: models write the colours of SVGs unescaped.
    content: &'a str,
}

impl<'a> DataUri<'a> {
    pub(crate) fn parse(uri: &'a str) -> Option<Self> {
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

    /// The decoded bytes; `None` for invalid base64.
    pub(crate) fn content(&self) -> Option<Cow<'a, [u8]>> {
        let bytes: Cow<'a, [u8]> = percent_decode_str(self.content).into();
        if self.is_base64 {
            return Some(forgiving_base64::decode_to_vec(&bytes).ok()?.into());
        }
        Some(bytes)
    }
}

/// Whether a string is a `data:` URI with a media type, and so not prose that begins with "data:".
pub(crate) fn has_media_type(uri: &str) -> bool {
    DataUri::parse(uri).is_some_and(|data| data.mime.is_some())
}

/// Splits at the first comma outside a quoted parameter.
fn split(rest: &str) -> Option<(&str, &str)> {
    let mut is_quoted = false;
    let comma = rest.find(|c| {
        is_quoted ^= c == '"';
        c == ',' && !is_quoted
    });
    let first = || rest.find(','); // the quote is not closed
    let comma = comma.or_else(first)?;
    Some((rest.get(..comma)?, rest.get(comma + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_is_decoded_in_full() {
        #[rustfmt::skip]
        let cases = [
            ("data:image/svg+xml;utf8,<a fill=\"#f00\"\n\t/>", Some("image/svg+xml"), "<a fill=\"#f00\"\n\t/>"),
            ("DATA:Image/SVG+XML;charset=UTF-8,%3Ca%20b='#1' w='100%'/>", Some("image/svg+xml"), "<a b='#1' w='100%'/>"),
            ("data:text/csv;header=present,a,b\r\n1,2\n ", Some("text/csv"), "a,b\r\n1,2\n "),
            ("data:text/plain;base64,YWJj\r\nZGVm", Some("text/plain"), "abcdef"),
            ("data:text/plain;base64,YWJjZA%3D%3D", Some("text/plain"), "abcd"),
            ("data:text/plain; BASE64 ;charset=utf-8,YWJjZA", Some("text/plain"), "abcd"),
            ("data:text/plain;name=\"a,b\";base64,YWJj", Some("text/plain"), "abc"),
            ("data:text/plain;name=\"a,b", Some("text/plain"), "b"),
            ("data:text%2Fplain,x", Some("text/plain"), "x"),
            ("data:text/plain;name=a#b,x", Some("text/plain"), "x"),
            ("data:;base64,YWJj", None, "abc"),
            ("data:,#", None, "#"),
            ("data:svg,", None, ""),
        ];
        for (uri, mime, content) in cases {
            let data = DataUri::parse(uri).unwrap();
            assert_eq!(data.mime.as_deref(), mime, "{uri}");
            assert_eq!(
                String::from_utf8_lossy(&data.content().unwrap()),
                content,
                "{uri}"
            );
        }
    }

    #[test]
    fn malformed_uris_are_refused() {
        for uri in [
            "data:image/png",
            "data",
            "dätä:,x",
            "https://h/a,b",
            "data:%ff/x,y",
        ] {
            assert!(DataUri::parse(uri).is_none(), "{uri}");
        }
        for uri in [
            "data:text/plain;base64,YWJj#ZGVm",
            "data:;base64,YWJjZ",
            "data:;base64,<a>",
        ] {
            assert!(DataUri::parse(uri).unwrap().content().is_none(), "{uri}");
        }
    }
}
