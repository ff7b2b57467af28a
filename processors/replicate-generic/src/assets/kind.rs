//! What kind of file it is.

use infer::MatcherType;
use reqwest::Url;

use super::endings::Ending;

/// The media type of what nobody knows (RFC 2046, section 4.5.1).
pub(super) const UNKNOWN: &str = "application/octet-stream";

/// The media type of any text.
const PLAIN: &str = "text/plain";

/// Said of anything, and so says nothing.
const GENERIC: &[&str] = &[
    UNKNOWN,
    "application/binary",
    "application/download",
    "application/force-download",
    "application/unknown",
    "application/x-binary",
    "application/x-download",
    "application/x-octet-stream",
    "application/x-www-form-urlencoded",
    "binary/octet-stream",
    "multipart/form-data",
    "unknown/unknown",
];

/// Where mime-db's first ending is not the usual one.
const USUAL: &[(&str, &str)] = &[
    ("audio/mpeg", "mp3"),
    ("audio/mp4", "m4a"),
    ("audio/ogg", "ogg"),
    ("audio/wav", "wav"),
    ("audio/x-wav", "wav"),
    ("image/jpeg", "jpg"),
    ("image/tiff", "tiff"),
    ("text/plain", "txt"),
    ("video/quicktime", "mov"),
];

/// How many bytes of a file are looked at.
const TELLING: usize = 512;

/// A media type and the ending that goes with it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) mime: String,
    pub(super) extension: &'static str,
}

/// Keeps as much of a file's beginning as [`Kind::of`] looks at.
pub(super) fn keep_first(first: &mut Vec<u8>, piece: &[u8]) {
    let missing = TELLING.saturating_sub(first.len()).min(piece.len());
    first.extend_from_slice(piece.get(..missing).unwrap_or_default());
}

impl Kind {
    /// By the content type, else by the first bytes, else by the end of the first address that has one; `bin` where none of them
    /// tells. An ending that says more wins: `.csv` over `text/plain`, `.usdz` over bytes that are a zip archive.
    pub(super) fn of(content_type: Option<&str>, first: &[u8], addresses: &[&Url]) -> Self {
        let ending = addresses.iter().find_map(|url| Ending::of(url));
        let found = infer::get(first);
        let is_binary = found.is_some_and(|found| found.matcher_type() != MatcherType::Text);
        let told = content_type
            .and_then(essence)
            .filter(|mime| !GENERIC.contains(&mime.as_str()))
            .filter(|mime| mime != PLAIN || !is_binary);
        if let Some(mime) = told {
            return Self::told(mime, ending, found);
        }
        match (found, ending) {
            (None, Some(Ending { name, mime, .. })) => Self::new(mime, name),
            (Some(found), Some(ending)) if says_more(&ending, found) => Self::new(ending.mime, ending.name),
            (Some(found), _) => {
                let mime = found.mime_type();
                Self::new(mime, ending_of(mime).unwrap_or_else(|| found.extension()))
            }
            (None, None) => Self::new(UNKNOWN, "bin"),
        }
    }

    /// The same where a content type says something.
    fn told(mime: String, ending: Option<Ending>, found: Option<infer::Type>) -> Self {
        let telling = ending.as_ref().filter(|ending| ending.tells_more_than(&mime));
        if let Some(ending) = telling {
            return match ending.mime {
                UNKNOWN => Self {
                    mime,
                    extension: ending.name,
                },
                told => Self::new(told, ending.name),
            };
        }
        let extension = ending_of(&mime).unwrap_or_else(|| match (found, ending) {
            (Some(found), ending) if ending.as_ref().is_none_or(|ending| !says_more(ending, found)) => {
                ending_of(found.mime_type()).unwrap_or_else(|| found.extension())
            }
            (_, ending) => ending.map_or("bin", |ending| ending.name),
        });
        Self { mime, extension }
    }

    fn new(mime: &str, extension: &'static str) -> Self {
        Self {
            mime: mime.to_owned(),
            extension,
        }
    }
}

/// Whether an ending says more than the first bytes, and does not say anything else.
fn says_more(ending: &Ending, found: infer::Type) -> bool {
    let mime = match found.matcher_type() {
        MatcherType::Text => PLAIN, // such as the tag at the beginning of a Markdown file
        _ => found.mime_type(),
    };
    ending.mime == found.mime_type() || ending.name == found.extension() || ending.tells_more_than(mime)
}

/// Whether a content type is that of a page for people, and not of a file.
pub(super) fn is_page(content_type: Option<&str>) -> bool {
    let mime = content_type.and_then(essence);
    mime.is_some_and(|mime| matches!(mime.as_str(), "text/html" | "application/xhtml+xml"))
}

/// Type and subtype in lower case, without parameters (RFC 9110, section 8.3.1); `None` where it is no media type.
pub(super) fn essence(content_type: &str) -> Option<String> {
    let essence = content_type.split(';').next()?.trim().to_ascii_lowercase();
    let (kind, subtype) = essence.split_once('/')?;
    let is_name = |name: &str| {
        (1..=127).contains(&name.len())
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    (is_name(kind) && is_name(subtype)).then_some(essence)
}

fn ending_of(mime: &str) -> Option<&'static str> {
    let usual = USUAL.iter().find(|(known, _)| *known == mime);
    usual
        .map(|(_, ending)| *ending)
        .or_else(|| mime2ext::mime2ext(mime))
        .or_else(|| Ending::with_type(mime))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

    fn of(content_type: Option<&str>, first: &[u8], url: &str) -> (String, &'static str) {
        let kind = Kind::of(content_type, first, &[&Url::parse(url).unwrap()]);
        (kind.mime, kind.extension)
    }

    #[test]
    fn the_content_type_counts_then_the_bytes_then_the_address() {
        for (content_type, first, url, mime, extension) in [
            (Some("image/webp"), PNG, "https://h/a.jpg", "image/webp", "webp"),
            (Some("Image/JPEG; q=1"), b"", "https://h/a", "image/jpeg", "jpg"),
            (Some("audio/mpeg"), b"", "https://h/a", "audio/mpeg", "mp3"),
            (Some("audio/wav"), b"", "https://h/a", "audio/wav", "wav"),
            (Some("video/mp4"), b"", "https://h/a", "video/mp4", "mp4"),
            (
                Some("text/plain; charset=utf-8"),
                b"",
                "https://h/a.srt",
                "application/x-subrip",
                "srt",
            ),
            (Some("text/plain"), b"x", "https://h/a.png", "text/plain", "txt"),
            (Some("text/plain"), b"x", "https://h/a", "text/plain", "txt"),
            (
                None,
                b"PK\x03\x04",
                "https://h/a.usdz",
                "model/vnd.usdz+zip",
                "usdz",
            ),
            (Some(UNKNOWN), b"x", "https://h/a.b.TIF", "image/tiff", "tif"),
            (Some(UNKNOWN), b"x", "https://h/a.gguf", UNKNOWN, "gguf"),
            (
                Some(UNKNOWN),
                b"x",
                "https://h/a.midi?x=.png",
                "audio/midi",
                "midi",
            ),
            (
                Some(UNKNOWN),
                b"\x1f\x8b\x08",
                "https://h/a.nii.gz",
                "application/gzip",
                "nii.gz",
            ),
            (
                Some(UNKNOWN),
                b"\x1f\x8b\x08",
                "https://h/a.1.tar.gz",
                "application/gzip",
                "tar.gz",
            ),
            (
                Some("application/json"),
                b"",
                "https://h/a",
                "application/json",
                "json",
            ),
            (
                Some("application/zip"),
                b"",
                "https://h/a",
                "application/zip",
                "zip",
            ),
            (
                Some("model/gltf-binary"),
                b"",
                "https://h/a",
                "model/gltf-binary",
                "glb",
            ),
            (
                Some("application/octet-stream"),
                PNG,
                "https://h/a.jpg",
                "image/png",
                "png",
            ),
            (
                Some("binary/octet-stream"),
                b"x",
                "https://h/a.JPEG?sig=1",
                "image/jpeg",
                "jpg",
            ),
            (
                Some("application/x-unheard-of"),
                b"x",
                "https://h/a.safetensors",
                "application/x-unheard-of",
                "safetensors",
            ),
            (Some("not a type"), b"x", "https://h/a", UNKNOWN, "bin"),
            (Some("../../etc/passwd"), b"x", "https://h/a", UNKNOWN, "bin"),
            (None, PNG, "https://h/a", "image/png", "png"),
            (None, b"x", "https://h/a.exe", UNKNOWN, "bin"),
            (None, b"", "https://h/a.tar/b", UNKNOWN, "bin"),
        ] {
            assert_eq!(
                of(content_type, first, url),
                (mime.to_owned(), extension),
                "{content_type:?} {url}"
            );
        }
    }

    #[test]
    fn what_contradicts_itself_is_what_its_bytes_are() {
        const ZIP: &[u8] = b"PK\x03\x04";
        const XML: &[u8] = b"<?xml version=\"1.0\"?>";
        const TIFF: &[u8] = b"II*\0\x08\0\0\0\x01\0";
        for (content_type, first, url, mime, extension) in [
            (Some("text/plain"), PNG, "https://h/a.csv", "image/png", "png"),
            (Some("text/plain"), PNG, "https://h/a", "image/png", "png"),
            (None, ZIP, "https://h/a.png", "application/zip", "zip"),
            (None, ZIP, "https://h/a.csv", "application/zip", "zip"),
            (None, ZIP, "https://h/a.pth", UNKNOWN, "pth"),
            (None, TIFF, "https://h/a.tif", "image/tiff", "tif"),
            (None, TIFF, "https://h/a", "image/tiff", "tiff"),
            (None, XML, "https://h/a.svg", "image/svg+xml", "svg"),
            (None, XML, "https://h/a.xml", "application/xml", "xml"),
            (None, b"<h1>A", "https://h/a.md", "text/markdown", "md"),
            (None, PNG, "https://h/a.bin", "image/png", "png"),
            (
                Some("application/zip"),
                ZIP,
                "https://h/a.npz",
                "application/zip",
                "npz",
            ),
            (
                Some("application/zip"),
                ZIP,
                "https://h/a.usdz",
                "model/vnd.usdz+zip",
                "usdz",
            ),
            (
                Some("application/json"),
                b"{}",
                "https://h/a.gltf",
                "model/gltf+json",
                "gltf",
            ),
            (
                Some("application/json"),
                b"{}",
                "https://h/a.csv",
                "application/json",
                "json",
            ),
            (Some("image/png"), b"x", "https://h/a.csv", "image/png", "png"),
            (
                Some("application/jsonl"),
                b"{}",
                "https://h/a",
                "application/jsonl",
                "jsonl",
            ),
            (
                Some("application/x-www-form-urlencoded"),
                b"x",
                "https://h/a.obj",
                "model/obj",
                "obj",
            ),
        ] {
            assert_eq!(
                of(content_type, first, url),
                (mime.to_owned(), extension),
                "{content_type:?} {url}"
            );
        }
    }

    #[test]
    fn where_it_leads_counts_after_where_it_is() {
        let [first, second] = ["https://h/download", "https://h/a.csv"].map(|url| Url::parse(url).unwrap());
        assert_eq!(Kind::of(None, b"x", &[&first, &second]).extension, "csv");
        assert_eq!(Kind::of(None, b"x", &[&second, &first]).extension, "csv");
        assert_eq!(Kind::of(None, b"x", &[]).extension, "bin");
    }

    #[test]
    fn pages_are_no_files() {
        assert!(is_page(Some("text/html; charset=utf-8")));
        for other in [Some("image/svg+xml"), Some("text/plain"), Some(""), None] {
            assert!(!is_page(other), "{other:?}");
        }
    }
}
