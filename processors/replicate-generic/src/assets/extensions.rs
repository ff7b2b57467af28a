//! What the extension in a URL says about a file.

use reqwest::Url;

use crate::media_type::UNKNOWN;

/// A known extension.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Extension {
    pub(super) name: &'static str,
    pub(super) mime: &'static str,
    /// Less specific media types of such a file, such as that of its container.
    container_types: &'static [&'static str],
}

const NONE: &[&str] = &[];
const TEXT: &[&str] = &["text/plain"];
const JSON: &[&str] = &["application/json", "text/json", "text/plain"];
const XML: &[&str] = &["application/xml", "text/xml", "text/plain"];
const ZIP: &[&str] = &["application/zip", "application/x-zip-compressed"];
const GZIP: &[&str] = &["application/gzip", "application/x-gzip"];
const BZIP2: &[&str] = &["application/x-bzip2"];
const XZ: &[&str] = &["application/x-xz"];
const ZSTD: &[&str] = &["application/zstd"];
const PACKED: &[&str] = &["application/gzip", "application/x-gzip", "application/zstd"];
const PDF: &[&str] = &["application/pdf", "application/postscript"];
const TIFF: &[&str] = &["image/tiff"];
const MP4: &[&str] = &["video/mp4", "audio/m4a"];
const OGG: &[&str] = &["audio/ogg", "application/ogg"];
const SFNT: &[&str] = &["application/font-sfnt"];
const WOFF: &[&str] = &["application/font-woff"];
const OLE: &[&str] = &["application/x-ole-storage"];

/// Each with its media type, from IANA's registry if it is there; weights of models and the like have no type of their own.
#[rustfmt::skip]
const EXTENSIONS: &[(&str, &str, &[&str])] = &[
    ("3gp", "video/3gpp", MP4), ("3mf", "model/3mf", ZIP), ("7z", "application/x-7z-compressed", NONE), ("aac", "audio/aac", NONE),
    ("abc", UNKNOWN, NONE), /* Alembic's, and a notation of music */ ("ai", "application/illustrator", PDF),
    ("aif", "audio/aiff", &["audio/x-aiff"]), ("aiff", "audio/aiff", &["audio/x-aiff"]), ("apng", "image/apng", &["image/png"]),
    ("ass", "text/x-ssa", TEXT), ("avi", "video/x-msvideo", NONE), ("avif", "image/avif", NONE), ("bib", "text/x-bibtex", TEXT),
    ("bin", UNKNOWN, NONE), ("blend", "application/x-blender", PACKED), ("bmp", "image/bmp", NONE), ("bvh", UNKNOWN, TEXT),
    ("bz2", "application/x-bzip2", NONE), ("c", "text/x-c", TEXT), ("caf", "audio/x-caf", NONE), ("cif", "chemical/x-cif", TEXT),
    ("ckpt", UNKNOWN, ZIP), ("cpp", "text/x-c", TEXT), ("css", "text/css", TEXT), ("csv", "text/csv", TEXT),
    ("cube", UNKNOWN, TEXT), ("dae", "model/vnd.collada+xml", XML), ("diff", "text/x-diff", TEXT),
    ("dng", "image/x-adobe-dng", TIFF), ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ZIP),
    ("dot", "text/vnd.graphviz", TEXT), ("drc", UNKNOWN, NONE), ("dxf", "image/vnd.dxf", TEXT),
    ("eps", "application/postscript", NONE), ("epub", "application/epub+zip", ZIP), ("exr", "image/x-exr", NONE),
    ("fasta", "text/x-fasta", TEXT), ("fbx", UNKNOWN, NONE), ("feather", "application/vnd.apache.arrow.file", NONE),
    ("flac", "audio/flac", &["audio/x-flac"]), ("flv", "video/x-flv", NONE), ("geojson", "application/geo+json", JSON),
    ("ggml", UNKNOWN, NONE), ("gguf", UNKNOWN, NONE), ("gif", "image/gif", NONE), ("glb", "model/gltf-binary", NONE),
    ("gltf", "model/gltf+json", JSON), ("gz", "application/gzip", NONE), ("h5", "application/x-hdf5", NONE),
    ("hdf5", "application/x-hdf5", NONE), ("hdr", "image/vnd.radiance", NONE), ("heic", "image/heic", &["image/heif"]),
    ("heif", "image/heif", NONE), ("htm", "text/html", TEXT), ("html", "text/html", TEXT),
    ("ico", "image/vnd.microsoft.icon", NONE), ("ics", "text/calendar", TEXT), ("ini", "text/plain", NONE),
    ("ipynb", "application/x-ipynb+json", JSON), ("jp2", "image/jp2", NONE), ("jpg", "image/jpeg", NONE),
    ("js", "text/javascript", TEXT), ("json", "application/json", TEXT), ("json5", "application/json5", JSON),
    ("jsonl", "application/jsonl", JSON), ("jxl", "image/jxl", NONE), ("keras", UNKNOWN, ZIP),
    ("kml", "application/vnd.google-earth.kml+xml", XML), ("ksplat", UNKNOWN, NONE), ("ktx2", "image/ktx2", NONE),
    ("las", "application/vnd.las", NONE), ("laz", "application/vnd.laszip", NONE), ("log", "text/plain", NONE),
    ("lrc", "text/x-lrc", TEXT), ("m3u8", "application/vnd.apple.mpegurl", TEXT), ("m4a", "audio/mp4", MP4),
    ("m4v", "video/x-m4v", MP4), ("markdown", "text/markdown", TEXT), ("mat", "application/x-matlab-data", NONE),
    ("md", "text/markdown", TEXT), ("mesh", UNKNOWN, NONE), ("mid", "audio/midi", NONE), ("midi", "audio/midi", NONE),
    ("mkv", "video/x-matroska", NONE), ("mlmodel", UNKNOWN, NONE), ("mol", "chemical/x-mdl-molfile", TEXT),
    ("mov", "video/quicktime", &["video/mp4"]), ("mp3", "audio/mpeg", NONE), ("mp4", "video/mp4", NONE),
    ("mpg", "video/mpeg", NONE), ("msgpack", "application/vnd.msgpack", NONE), ("mtl", "model/mtl", TEXT),
    ("musicxml", "application/vnd.recordare.musicxml+xml", XML), ("mxl", "application/vnd.recordare.musicxml", ZIP),
    ("ndjson", "application/x-ndjson", JSON), ("nii", UNKNOWN, NONE), ("nii.gz", "application/gzip", GZIP), ("npy", UNKNOWN, NONE),
    ("npz", UNKNOWN, ZIP), ("obj", "model/obj", TEXT), ("odt", "application/vnd.oasis.opendocument.text", ZIP),
    ("oga", "audio/ogg", OGG), ("ogg", "audio/ogg", NONE), ("ogv", "video/ogg", OGG), ("onnx", UNKNOWN, NONE),
    ("opus", "audio/opus", OGG), ("otf", "font/otf", SFNT), ("parquet", "application/vnd.apache.parquet", NONE),
    ("pcd", UNKNOWN, TEXT), ("pdb", "chemical/x-pdb", TEXT), ("pdf", "application/pdf", NONE),
    ("pgm", "image/x-portable-graymap", TEXT), ("pickle", UNKNOWN, NONE), ("pkl", UNKNOWN, NONE), ("ply", UNKNOWN, TEXT),
    ("png", "image/png", NONE), ("ppm", "image/x-portable-pixmap", TEXT),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation", ZIP),
    ("ps", "application/postscript", NONE), ("psd", "image/vnd.adobe.photoshop", NONE), ("pt", UNKNOWN, ZIP), ("pth", UNKNOWN, ZIP),
    ("py", "text/x-python", TEXT), ("rar", "application/vnd.rar", NONE), ("rs", "text/x-rust", TEXT), ("rst", "text/x-rst", TEXT),
    ("rtf", "text/rtf", &["application/rtf", "text/plain"]), ("safetensors", UNKNOWN, NONE), ("sbv", "text/x-sbv", TEXT),
    ("sdf", "chemical/x-mdl-sdfile", TEXT), ("sf2", "audio/x-soundfont", NONE), ("sh", "application/x-sh", TEXT),
    ("smi", "chemical/x-daylight-smiles", TEXT), ("splat", UNKNOWN, NONE), ("spz", UNKNOWN, GZIP), ("sql", "application/sql", TEXT),
    ("sqlite", "application/vnd.sqlite3", NONE), ("srt", "application/x-subrip", TEXT), ("ssa", "text/x-ssa", TEXT),
    ("step", "model/step", TEXT), ("stl", "model/stl", TEXT), ("stp", "model/step", TEXT), ("svg", "image/svg+xml", XML),
    ("svgz", "image/svg+xml", GZIP), ("tar", "application/x-tar", NONE), ("tar.bz2", "application/x-bzip2", BZIP2),
    ("tar.gz", "application/gzip", GZIP), ("tar.xz", "application/x-xz", XZ), ("tar.zst", "application/zstd", ZSTD),
    ("tex", "text/x-tex", TEXT), ("textgrid", UNKNOWN, TEXT), ("tflite", UNKNOWN, NONE), ("tga", "image/x-tga", NONE),
    ("tgz", "application/gzip", GZIP), ("tif", "image/tiff", NONE), ("tiff", "image/tiff", NONE),
    ("toml", "application/toml", TEXT), ("ts", UNKNOWN, NONE), /* TypeScript's, and MPEG's */
    ("tsv", "text/tab-separated-values", TEXT), ("ttf", "font/ttf", SFNT), ("ttml", "application/ttml+xml", XML),
    ("txt", "text/plain", NONE), ("usd", "model/vnd.usd", TEXT), ("usda", "model/vnd.usda", TEXT), ("usdc", UNKNOWN, NONE),
    ("usdz", "model/vnd.usdz+zip", ZIP), ("vdb", UNKNOWN, NONE), ("vrm", "model/gltf-binary", NONE), ("vtt", "text/vtt", TEXT),
    ("wasm", "application/wasm", NONE), ("wav", "audio/wav", &["audio/x-wav"]), ("webm", "video/webm", &["video/x-matroska"]),
    ("webp", "image/webp", NONE), ("whl", UNKNOWN, ZIP), ("woff", "font/woff", WOFF), ("woff2", "font/woff2", WOFF),
    ("xls", "application/vnd.ms-excel", OLE), ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ZIP),
    ("xml", "application/xml", XML), ("xyz", "chemical/x-xyz", TEXT), ("xz", "application/x-xz", NONE),
    ("yaml", "application/yaml", TEXT), ("yml", "application/yaml", TEXT), ("zip", "application/zip", NONE),
    ("zst", "application/zstd", NONE),
];

impl Extension {
    /// The longest known extension of the last segment of a URL.
    pub(super) fn from_url(url: &Url) -> Option<Self> {
        let name = url.path().rsplit('/').next()?.to_ascii_lowercase();
        name.match_indices('.').find_map(|(dot, _)| {
            let extension = name.get(dot + 1..)?;
            Self::find(if extension == "jpeg" { "jpg" } else { extension })
        })
    }

    /// The first one with this media type.
    pub(super) fn from_media_type(mime: &str) -> Option<&'static str> {
        let known = EXTENSIONS
            .iter()
            .find(|(_, known, _)| *known == mime && mime != UNKNOWN);
        known.map(|(name, ..)| *name)
    }

    fn find(name: &str) -> Option<Self> {
        let found = EXTENSIONS.binary_search_by_key(&name, |(known, ..)| known);
        let (name, mime, container_types) = EXTENSIONS.get(found.ok()?)?;
        Some(Self {
            name,
            mime,
            container_types,
        })
    }

    /// Whether it says more about a file than this media type does.
    pub(super) fn refines(&self, mime: &str) -> bool {
        self.container_types.contains(&mime)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media_type::essence;

    #[test]
    fn the_table_is_sorted_and_valid() {
        assert!(EXTENSIONS.is_sorted_by_key(|(name, ..)| name));
        for (name, mime, _) in EXTENSIONS {
            let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.';
            assert!(name.bytes().all(is_plain), "{name}");
            assert_eq!(essence(mime).as_deref(), Some(*mime), "{name}");
        }
    }

    #[test]
    fn the_longest_extension_of_the_last_segment_counts() {
        for (address, expected) in [
            ("https://h/a.b.TIF?x=.png#a.gif", Some("tif")),
            ("https://h/scan.1.nii.gz", Some("nii.gz")),
            ("https://h/a.unknown.gz", Some("gz")),
            ("https://h/a.jpeg", Some("jpg")),
            ("https://h/a.tar/b", None),
            ("https://h/csv", None),
            ("https://h/a.exe", None),
            ("https://h.zip", None),
        ] {
            let extension = Extension::from_url(&Url::parse(address).unwrap());
            assert_eq!(extension.map(|extension| extension.name), expected, "{address}");
        }
    }
}
