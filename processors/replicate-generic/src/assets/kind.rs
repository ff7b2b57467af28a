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

/// Endings of an address that are taken for what they are, and their media types.
const ENDINGS: &[(&str, &str)] = &[
    ("aac", "audio/aac"),
    ("avif", "image/avif"),
    ("bin", UNKNOWN),
    ("bmp", "image/bmp"),
    ("ckpt", UNKNOWN),
    ("css", "text/css"),
    ("csv", "text/csv"),
    (
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    ("epub", "application/epub+zip"),
    ("exr", "image/x-exr"),
    ("fbx", UNKNOWN),
    ("flac", "audio/flac"),
    ("gguf", UNKNOWN),
    ("gif", "image/gif"),
    ("glb", "model/gltf-binary"),
    ("gltf", "model/gltf+json"),
    ("gz", "application/gzip"),
    ("h5", "application/x-hdf5"),
    ("hdr", "image/vnd.radiance"),
    ("heic", "image/heic"),
    ("html", "text/html"),
    ("jpg", "image/jpeg"),
    ("json", "application/json"),
    ("jsonl", "application/jsonl"),
    ("jxl", "image/jxl"),
    ("lrc", "text/plain"),
    ("m4a", "audio/mp4"),
    ("md", "text/markdown"),
    ("mid", "audio/midi"),
    ("midi", "audio/midi"),
    ("mkv", "video/x-matroska"),
    ("mov", "video/quicktime"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("mtl", "model/mtl"),
    ("nii", UNKNOWN),
    ("nii.gz", "application/gzip"),
    ("npy", UNKNOWN),
    ("npz", UNKNOWN),
    ("obj", "model/obj"),
    ("ogg", "audio/ogg"),
    ("onnx", UNKNOWN),
    ("opus", "audio/opus"),
    ("parquet", "application/vnd.apache.parquet"),
    ("pdf", "application/pdf"),
    ("pkl", UNKNOWN),
    ("ply", UNKNOWN),
    ("png", "image/png"),
    ("psd", "image/vnd.adobe.photoshop"),
    ("pt", UNKNOWN),
    ("pth", UNKNOWN),
    ("safetensors", UNKNOWN),
    ("splat", UNKNOWN),
    ("srt", "application/x-subrip"),
    ("stl", "model/stl"),
    ("svg", "image/svg+xml"),
    ("tar", "application/x-tar"),
    ("tar.bz2", "application/x-bzip2"),
    ("tar.gz", "application/gzip"),
    ("tar.xz", "application/x-xz"),
    ("tar.zst", "application/zstd"),
    ("tgz", "application/gzip"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("toml", "application/toml"),
    ("tsv", "text/tab-separated-values"),
    ("txt", "text/plain"),
    ("usdz", "model/vnd.usdz+zip"),
    ("vtt", "text/vtt"),
    ("wav", "audio/wav"),
    ("webm", "video/webm"),
    ("webp", "image/webp"),
    (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    ("xml", "application/xml"),
    ("yaml", "application/yaml"),
    ("yml", "application/yaml"),
    ("zip", "application/zip"),
    ("zst", "application/zstd"),
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

/// What other kinds of files are made of, such as the zip of a `.usdz` or `.pt`.
const CONTAINERS: &[&str] = &["bz2", "gz", "xml", "xz", "zip", "zst"];

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
    /// By the content type, else by the first bytes, else by the end of the address; `bin` where none of them tells. The address
    /// tells more than a plain text, and than bytes that are only a container.
    pub(super) fn of(content_type: Option<&str>, first: &[u8], url: Option<&Url>) -> Self {
        let told = content_type
            .and_then(essence)
            .filter(|mime| !GENERIC.contains(&mime.as_str()));
        let ending = url.and_then(ending_in);
        let is_plain = told.as_deref() == Some("text/plain");
        if let Some((extension, mime)) = ending.filter(|(_, mime)| is_plain && is_text(mime)) {
            return Self {
                mime: mime.to_owned(),
                extension,
            };
        }
        if let Some(extension) = told.as_deref().and_then(ending_of) {
            let mime = told.unwrap_or_default();
            return Self { mime, extension };
        }
        let found = infer::get(first);
        let is_vague = found.is_none_or(|kind| CONTAINERS.contains(&kind.extension()));
        if let Some((extension, mime)) = ending.filter(|_| is_vague) {
            return Self {
                mime: told.unwrap_or_else(|| mime.to_owned()),
                extension,
            };
        }
        if let Some(kind) = found {
            return Self {
                mime: told.unwrap_or_else(|| kind.mime_type().to_owned()),
                extension: ending_of(kind.mime_type()).unwrap_or_else(|| kind.extension()),
            };
        }
        Self {
            mime: told.unwrap_or_else(|| UNKNOWN.to_owned()),
            extension: "bin",
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

/// Whether a file of this kind may be called a plain text.
fn is_text(mime: &str) -> bool {
    let is_markup = ["json", "jsonl", "xml", "yaml", "toml", "x-subrip", "mtl", "obj"];
    let subtype = mime.rsplit(['/', '+']).next().unwrap_or_default();
    mime.starts_with("text/") || is_markup.contains(&subtype)
}

/// The longest ending that is known.
fn ending_in(url: &Url) -> Option<(&'static str, &'static str)> {
    let name = url.path().rsplit('/').next()?.to_ascii_lowercase();
    name.match_indices('.').find_map(|(dot, _)| {
        let ending = name.get(dot + 1..)?;
        let ending = if ending == "jpeg" { "jpg" } else { ending };
        ENDINGS.iter().find(|(known, _)| *known == ending).copied()
    })
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
    fn every_ending_is_a_plain_one() {
        let all = ENDINGS
            .iter()
            .map(|(ending, _)| ending)
            .chain(USUAL.iter().map(|(_, ending)| ending));
        for ending in all {
            assert!(
                ending
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.'),
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
