//! Detects the media type of a file, and the extension that goes with it.

use infer::MatcherType;
use reqwest::Url;

use super::extensions::Extension;
use crate::media_type::{PLAIN_TEXT, UNKNOWN, essence, is_generic};

/// Where mime-db's first extension is not the usual one.
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

#[derive(Debug, PartialEq, Eq)]
pub(super) struct FileType {
    pub(super) mime: String,
    pub(super) extension: &'static str,
}

impl FileType {
    /// By the content type, else by the first bytes, else by the extension of the first URL that has one, else `bin`. An extension
    /// that says more wins: `.csv` over `text/plain`, `.usdz` over the bytes of a zip archive.
    pub(super) fn detect(content_type: Option<&str>, first: &[u8], urls: &[&Url]) -> Self {
        let extension = urls.iter().find_map(|url| Extension::from_url(url));
        let found = infer::get(first);
        let is_binary = found.is_some_and(|found| found.matcher_type() != MatcherType::Text);
        let declared = content_type
            .and_then(essence)
            .filter(|mime| !is_generic(mime) && (mime != PLAIN_TEXT || !is_binary));
        if let Some(mime) = declared {
            return Self::from_declared(mime, extension, found);
        }
        match (found, extension) {
            (None, Some(Extension { name, mime, .. })) => Self::new(mime, name),
            (Some(found), Some(extension)) if is_consistent(&extension, found) => {
                Self::new(extension.mime, extension.name)
            }
            (Some(found), _) => Self::new(found.mime_type(), extension_of(found)),
            (None, None) => Self::new(UNKNOWN, "bin"),
        }
    }

    /// The same for a content type that carries information.
    fn from_declared(mime: String, extension: Option<Extension>, found: Option<infer::Type>) -> Self {
        if let Some(extension) = extension.as_ref().filter(|extension| extension.refines(&mime)) {
            let is_unknown = extension.mime == UNKNOWN;
            return Self {
                mime: if is_unknown {
                    mime
                } else {
                    extension.mime.to_owned()
                },
                extension: extension.name,
            };
        }
        let extension = usual_extension(&mime).unwrap_or_else(|| match (found, extension) {
            (Some(found), Some(extension)) if is_consistent(&extension, found) => extension.name,
            (Some(found), _) => extension_of(found),
            (None, extension) => extension.map_or("bin", |extension| extension.name),
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

/// Whether an extension agrees with the first bytes, or says more than they do.
fn is_consistent(extension: &Extension, found: infer::Type) -> bool {
    let mime = match found.matcher_type() {
        MatcherType::Text => PLAIN_TEXT, // such as a tag at the beginning of a Markdown file
        _ => found.mime_type(),
    };
    extension.mime == found.mime_type() || extension.name == found.extension() || extension.refines(mime)
}

fn extension_of(found: infer::Type) -> &'static str {
    usual_extension(found.mime_type()).unwrap_or_else(|| found.extension())
}

fn usual_extension(mime: &str) -> Option<&'static str> {
    let usual = USUAL.iter().find(|(known, _)| *known == mime);
    usual
        .map(|(_, extension)| *extension)
        .or_else(|| mime2ext::mime2ext(mime))
        .or_else(|| Extension::from_media_type(mime))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

    fn assert_type(content_type: Option<&str>, first: &[u8], url: &str, mime: &str, extension: &'static str) {
        let detected = FileType::detect(content_type, first, &[&Url::parse(url).unwrap()]);
        assert_eq!(detected, FileType::new(mime, extension), "{content_type:?} {url}");
    }

    #[test]
    fn the_content_type_wins_then_the_bytes_then_the_url() {
        #[rustfmt::skip]
        let cases = [
            (Some("image/webp"), PNG, "https://h/a.jpg", "image/webp", "webp"),
            (Some("Image/JPEG; q=1"), b"", "https://h/a", "image/jpeg", "jpg"),
            (Some("audio/mpeg"), b"", "https://h/a", "audio/mpeg", "mp3"),
            (Some("audio/wav"), b"", "https://h/a", "audio/wav", "wav"),
            (Some("video/mp4"), b"", "https://h/a", "video/mp4", "mp4"),
            (Some("text/plain; charset=utf-8"), b"", "https://h/a.srt", "application/x-subrip", "srt"),
            (Some("text/plain"), b"x", "https://h/a.png", "text/plain", "txt"),
            (Some("text/plain"), b"x", "https://h/a", "text/plain", "txt"),
            (None, b"PK\x03\x04", "https://h/a.usdz", "model/vnd.usdz+zip", "usdz"),
            (Some(UNKNOWN), b"x", "https://h/a.b.TIF", "image/tiff", "tif"),
            (Some(UNKNOWN), b"x", "https://h/a.gguf", UNKNOWN, "gguf"),
            (Some(UNKNOWN), b"x", "https://h/a.midi?x=.png", "audio/midi", "midi"),
            (Some(UNKNOWN), b"\x1f\x8b\x08", "https://h/a.nii.gz", "application/gzip", "nii.gz"),
            (Some(UNKNOWN), b"\x1f\x8b\x08", "https://h/a.1.tar.gz", "application/gzip", "tar.gz"),
            (Some("application/json"), b"", "https://h/a", "application/json", "json"),
            (Some("application/zip"), b"", "https://h/a", "application/zip", "zip"),
            (Some("model/gltf-binary"), b"", "https://h/a", "model/gltf-binary", "glb"),
            (Some("application/octet-stream"), PNG, "https://h/a.jpg", "image/png", "png"),
            (Some("binary/octet-stream"), b"x", "https://h/a.JPEG?sig=1", "image/jpeg", "jpg"),
            (Some("application/x-unheard-of"), b"x", "https://h/a.safetensors", "application/x-unheard-of", "safetensors"),
            (Some("not a type"), b"x", "https://h/a", UNKNOWN, "bin"),
            (Some("../../etc/passwd"), b"x", "https://h/a", UNKNOWN, "bin"),
            (None, PNG, "https://h/a", "image/png", "png"),
            (None, b"x", "https://h/a.exe", UNKNOWN, "bin"),
            (None, b"", "https://h/a.tar/b", UNKNOWN, "bin"),
        ];
        for (content_type, first, url, mime, extension) in cases {
            assert_type(content_type, first, url, mime, extension);
        }
    }

    #[test]
    fn the_bytes_win_where_the_rest_contradicts_them() {
        const ZIP: &[u8] = b"PK\x03\x04";
        const XML: &[u8] = b"<?xml version=\"1.0\"?>";
        const TIFF: &[u8] = b"II*\0\x08\0\0\0\x01\0";
        #[rustfmt::skip]
        let cases = [
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
            (Some("application/zip"), ZIP, "https://h/a.npz", "application/zip", "npz"),
            (Some("application/zip"), ZIP, "https://h/a.usdz", "model/vnd.usdz+zip", "usdz"),
            (Some("application/json"), b"{}", "https://h/a.gltf", "model/gltf+json", "gltf"),
            (Some("application/json"), b"{}", "https://h/a.csv", "application/json", "json"),
            (Some("image/png"), b"x", "https://h/a.csv", "image/png", "png"),
            (Some("application/jsonl"), b"{}", "https://h/a", "application/jsonl", "jsonl"),
            (Some("application/x-www-form-urlencoded"), b"x", "https://h/a.obj", "model/obj", "obj"),
        ];
        for (content_type, first, url, mime, extension) in cases {
            assert_type(content_type, first, url, mime, extension);
        }
    }

    #[test]
    fn the_first_url_with_an_extension_counts() {
        let [first, second] = ["https://h/download", "https://h/a.csv"].map(|url| Url::parse(url).unwrap());
        assert_eq!(FileType::detect(None, b"x", &[&first, &second]).extension, "csv");
        assert_eq!(FileType::detect(None, b"x", &[&second, &first]).extension, "csv");
        assert_eq!(FileType::detect(None, b"x", &[]).extension, "bin");
    }

    #[test]
    fn common_media_types_have_their_usual_extension() {
        #[rustfmt::skip]
        let cases = [
            ("image/png", "png"), ("image/jpeg", "jpg"), ("image/webp", "webp"), ("image/gif", "gif"), ("image/avif", "avif"),
            ("image/svg+xml", "svg"), ("image/tiff", "tiff"), ("image/bmp", "bmp"), ("image/vnd.microsoft.icon", "ico"),
            ("image/heic", "heic"), ("video/mp4", "mp4"), ("video/webm", "webm"), ("video/quicktime", "mov"),
            ("video/x-matroska", "mkv"), ("audio/wav", "wav"), ("audio/x-wav", "wav"), ("audio/mpeg", "mp3"), ("audio/mp3", "mp3"),
            ("audio/mp4", "m4a"), ("audio/flac", "flac"), ("audio/x-flac", "flac"), ("audio/ogg", "ogg"), ("audio/midi", "mid"),
            ("application/json", "json"), ("application/x-ndjson", "ndjson"), ("text/plain", "txt"), ("text/csv", "csv"),
            ("text/html", "html"), ("text/markdown", "md"), ("text/vtt", "vtt"), ("application/xml", "xml"),
            ("application/pdf", "pdf"), ("application/zip", "zip"), ("application/gzip", "gz"), ("application/x-tar", "tar"),
            ("model/gltf-binary", "glb"), ("model/gltf+json", "gltf"), ("model/obj", "obj"), ("model/stl", "stl"),
            ("font/woff2", "woff2"),
        ];
        for (mime, extension) in cases {
            assert_type(Some(mime), b"", "https://h/a", mime, extension);
        }
        for extension in ["safetensors", "gguf", "ckpt", "onnx", "bin"] {
            assert_type(
                Some(UNKNOWN),
                b"",
                &format!("https://h/a.{extension}"),
                UNKNOWN,
                extension,
            );
        }
    }
}
