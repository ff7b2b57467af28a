//! What kind of file it is.

use reqwest::Url;

/// The media type of what nobody knows (RFC 2046, section 4.5.1).
const UNKNOWN: &str = "application/octet-stream";

/// Said of anything, and so says nothing.
const GENERIC: [&str; 4] = [
    UNKNOWN,
    "binary/octet-stream",
    "application/binary",
    "application/x-binary",
];

/// Endings of an address that are taken for what they are.
const ENDINGS: &[&str] = &[
    "avif",
    "bin",
    "bmp",
    "csv",
    "flac",
    "gif",
    "glb",
    "gltf",
    "jpg",
    "json",
    "m4a",
    "mid",
    "mkv",
    "mov",
    "mp3",
    "mp4",
    "npy",
    "npz",
    "obj",
    "ogg",
    "opus",
    "pdf",
    "ply",
    "png",
    "safetensors",
    "srt",
    "stl",
    "svg",
    "tar",
    "tiff",
    "txt",
    "vtt",
    "wav",
    "webm",
    "webp",
    "zip",
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
    /// By the content type, else by the first bytes, else by the end of the address; `bin` where none of them tells.
    pub(super) fn of(content_type: Option<&str>, first: &[u8], url: Option<&Url>) -> Self {
        let told = content_type
            .and_then(essence)
            .filter(|mime| !GENERIC.contains(&mime.as_str()));
        if let Some(extension) = told.as_deref().and_then(ending_of) {
            let mime = told.unwrap_or_default();
            return Self { mime, extension };
        }
        if let Some(kind) = infer::get(first) {
            return Self {
                mime: told.unwrap_or_else(|| kind.mime_type().to_owned()),
                extension: ending_of(kind.mime_type()).unwrap_or_else(|| kind.extension()),
            };
        }
        Self {
            mime: told.unwrap_or_else(|| UNKNOWN.to_owned()),
            extension: url.and_then(ending_in).unwrap_or("bin"),
        }
    }
}

/// Whether a content type is that of a page for people, and not of a file.
pub(super) fn is_page(content_type: Option<&str>) -> bool {
    let mime = content_type.and_then(essence);
    mime.is_some_and(|mime| matches!(mime.as_str(), "text/html" | "application/xhtml+xml"))
}

/// Type and subtype in lower case, without parameters (RFC 9110, section 8.3.1); `None` where it is no media type.
fn essence(content_type: &str) -> Option<String> {
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
}

fn ending_in(url: &Url) -> Option<&'static str> {
    let ending = url.path().rsplit_once('.')?.1.to_ascii_lowercase();
    let ending = if ending == "jpeg" { "jpg" } else { &ending };
    ENDINGS.iter().find(|known| **known == ending).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

    fn of(content_type: Option<&str>, first: &[u8], url: &str) -> (String, &'static str) {
        let kind = Kind::of(content_type, first, Url::parse(url).ok().as_ref());
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
                "text/plain",
                "txt",
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
                UNKNOWN,
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
    fn every_ending_is_a_plain_one() {
        let all = ENDINGS.iter().chain(USUAL.iter().map(|(_, ending)| ending));
        for ending in all {
            assert!(
                ending
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()),
                "{ending}"
            );
        }
        assert!(ENDINGS.is_sorted());
    }

    #[test]
    fn pages_are_no_files() {
        assert!(is_page(Some("text/html; charset=utf-8")));
        for other in [Some("image/svg+xml"), Some("text/plain"), Some(""), None] {
            assert!(!is_page(other), "{other:?}");
        }
    }
}
