//! What the ending of an address says of a file.

use reqwest::Url;

use super::kind::UNKNOWN;

/// An ending that is taken for what it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ending {
    pub(super) name: &'static str,
    pub(super) mime: &'static str,
    /// Media types that such a file may also come under, and that say less than its ending: what it is made of.
    made_of: &'static [&'static str],
}

const ITSELF: &[&str] = &[];
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

/// Each with its media type, as IANA has it where it has one; weights of models and the like have none.
#[rustfmt::skip]
const ENDINGS: &[(&str, &str, &[&str])] = &[
    ("3gp", "video/3gpp", MP4),
    ("3mf", "model/3mf", ZIP),
    ("7z", "application/x-7z-compressed", ITSELF),
    ("aac", "audio/aac", ITSELF),
    ("abc", UNKNOWN, ITSELF), // Alembic's, and a notation of music
    ("ai", "application/illustrator", PDF),
    ("aif", "audio/aiff", &["audio/x-aiff"]),
    ("aiff", "audio/aiff", &["audio/x-aiff"]),
    ("apng", "image/apng", &["image/png"]),
    ("ass", "text/x-ssa", TEXT),
    ("avi", "video/x-msvideo", ITSELF),
    ("avif", "image/avif", ITSELF),
    ("bib", "text/x-bibtex", TEXT),
    ("bin", UNKNOWN, ITSELF),
    ("blend", "application/x-blender", PACKED),
    ("bmp", "image/bmp", ITSELF),
    ("bvh", UNKNOWN, TEXT),
    ("bz2", "application/x-bzip2", ITSELF),
    ("c", "text/x-c", TEXT),
    ("caf", "audio/x-caf", ITSELF),
    ("cif", "chemical/x-cif", TEXT),
    ("ckpt", UNKNOWN, ZIP),
    ("cpp", "text/x-c", TEXT),
    ("css", "text/css", TEXT),
    ("csv", "text/csv", TEXT),
    ("cube", UNKNOWN, TEXT),
    ("dae", "model/vnd.collada+xml", XML),
    ("diff", "text/x-diff", TEXT),
    ("dng", "image/x-adobe-dng", TIFF),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ZIP),
    ("dot", "text/vnd.graphviz", TEXT),
    ("drc", UNKNOWN, ITSELF),
    ("dxf", "image/vnd.dxf", TEXT),
    ("eps", "application/postscript", ITSELF),
    ("epub", "application/epub+zip", ZIP),
    ("exr", "image/x-exr", ITSELF),
    ("fasta", "text/x-fasta", TEXT),
    ("fbx", UNKNOWN, ITSELF),
    ("feather", "application/vnd.apache.arrow.file", ITSELF),
    ("flac", "audio/flac", &["audio/x-flac"]),
    ("flv", "video/x-flv", ITSELF),
    ("geojson", "application/geo+json", JSON),
    ("ggml", UNKNOWN, ITSELF),
    ("gguf", UNKNOWN, ITSELF),
    ("gif", "image/gif", ITSELF),
    ("glb", "model/gltf-binary", ITSELF),
    ("gltf", "model/gltf+json", JSON),
    ("gz", "application/gzip", ITSELF),
    ("h5", "application/x-hdf5", ITSELF),
    ("hdf5", "application/x-hdf5", ITSELF),
    ("hdr", "image/vnd.radiance", ITSELF),
    ("heic", "image/heic", &["image/heif"]),
    ("heif", "image/heif", ITSELF),
    ("htm", "text/html", TEXT),
    ("html", "text/html", TEXT),
    ("ico", "image/vnd.microsoft.icon", ITSELF),
    ("ics", "text/calendar", TEXT),
    ("ini", "text/plain", ITSELF),
    ("ipynb", "application/x-ipynb+json", JSON),
    ("jp2", "image/jp2", ITSELF),
    ("jpg", "image/jpeg", ITSELF),
    ("js", "text/javascript", TEXT),
    ("json", "application/json", TEXT),
    ("json5", "application/json5", JSON),
    ("jsonl", "application/jsonl", JSON),
    ("jxl", "image/jxl", ITSELF),
    ("keras", UNKNOWN, ZIP),
    ("kml", "application/vnd.google-earth.kml+xml", XML),
    ("ksplat", UNKNOWN, ITSELF),
    ("ktx2", "image/ktx2", ITSELF),
    ("las", "application/vnd.las", ITSELF),
    ("laz", "application/vnd.laszip", ITSELF),
    ("log", "text/plain", ITSELF),
    ("lrc", "text/x-lrc", TEXT),
    ("m3u8", "application/vnd.apple.mpegurl", TEXT),
    ("m4a", "audio/mp4", MP4),
    ("m4v", "video/x-m4v", MP4),
    ("markdown", "text/markdown", TEXT),
    ("mat", "application/x-matlab-data", ITSELF),
    ("md", "text/markdown", TEXT),
    ("mesh", UNKNOWN, ITSELF),
    ("mid", "audio/midi", ITSELF),
    ("midi", "audio/midi", ITSELF),
    ("mkv", "video/x-matroska", ITSELF),
    ("mlmodel", UNKNOWN, ITSELF),
    ("mol", "chemical/x-mdl-molfile", TEXT),
    ("mov", "video/quicktime", &["video/mp4"]),
    ("mp3", "audio/mpeg", ITSELF),
    ("mp4", "video/mp4", ITSELF),
    ("mpg", "video/mpeg", ITSELF),
    ("msgpack", "application/vnd.msgpack", ITSELF),
    ("mtl", "model/mtl", TEXT),
    ("musicxml", "application/vnd.recordare.musicxml+xml", XML),
    ("mxl", "application/vnd.recordare.musicxml", ZIP),
    ("ndjson", "application/x-ndjson", JSON),
    ("nii", UNKNOWN, ITSELF),
    ("nii.gz", "application/gzip", GZIP),
    ("npy", UNKNOWN, ITSELF),
    ("npz", UNKNOWN, ZIP),
    ("obj", "model/obj", TEXT),
    ("odt", "application/vnd.oasis.opendocument.text", ZIP),
    ("oga", "audio/ogg", OGG),
    ("ogg", "audio/ogg", ITSELF),
    ("ogv", "video/ogg", OGG),
    ("onnx", UNKNOWN, ITSELF),
    ("opus", "audio/opus", OGG),
    ("otf", "font/otf", SFNT),
    ("parquet", "application/vnd.apache.parquet", ITSELF),
    ("pcd", UNKNOWN, TEXT),
    ("pdb", "chemical/x-pdb", TEXT),
    ("pdf", "application/pdf", ITSELF),
    ("pgm", "image/x-portable-graymap", TEXT),
    ("pickle", UNKNOWN, ITSELF),
    ("pkl", UNKNOWN, ITSELF),
    ("ply", UNKNOWN, TEXT),
    ("png", "image/png", ITSELF),
    ("ppm", "image/x-portable-pixmap", TEXT),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation", ZIP),
    ("ps", "application/postscript", ITSELF),
    ("psd", "image/vnd.adobe.photoshop", ITSELF),
    ("pt", UNKNOWN, ZIP),
    ("pth", UNKNOWN, ZIP),
    ("py", "text/x-python", TEXT),
    ("rar", "application/vnd.rar", ITSELF),
    ("rs", "text/x-rust", TEXT),
    ("rst", "text/x-rst", TEXT),
    ("rtf", "text/rtf", &["application/rtf", "text/plain"]),
    ("safetensors", UNKNOWN, ITSELF),
    ("sbv", "text/x-sbv", TEXT),
    ("sdf", "chemical/x-mdl-sdfile", TEXT),
    ("sf2", "audio/x-soundfont", ITSELF),
    ("sh", "application/x-sh", TEXT),
    ("smi", "chemical/x-daylight-smiles", TEXT),
    ("splat", UNKNOWN, ITSELF),
    ("spz", UNKNOWN, GZIP),
    ("sql", "application/sql", TEXT),
    ("sqlite", "application/vnd.sqlite3", ITSELF),
    ("srt", "application/x-subrip", TEXT),
    ("ssa", "text/x-ssa", TEXT),
    ("step", "model/step", TEXT),
    ("stl", "model/stl", TEXT),
    ("stp", "model/step", TEXT),
    ("svg", "image/svg+xml", XML),
    ("svgz", "image/svg+xml", GZIP),
    ("tar", "application/x-tar", ITSELF),
    ("tar.bz2", "application/x-bzip2", BZIP2),
    ("tar.gz", "application/gzip", GZIP),
    ("tar.xz", "application/x-xz", XZ),
    ("tar.zst", "application/zstd", ZSTD),
    ("tex", "text/x-tex", TEXT),
    ("textgrid", UNKNOWN, TEXT),
    ("tflite", UNKNOWN, ITSELF),
    ("tga", "image/x-tga", ITSELF),
    ("tgz", "application/gzip", GZIP),
    ("tif", "image/tiff", ITSELF),
    ("tiff", "image/tiff", ITSELF),
    ("toml", "application/toml", TEXT),
    ("ts", UNKNOWN, ITSELF), // TypeScript's, and MPEG's
    ("tsv", "text/tab-separated-values", TEXT),
    ("ttf", "font/ttf", SFNT),
    ("ttml", "application/ttml+xml", XML),
    ("txt", "text/plain", ITSELF),
    ("usd", "model/vnd.usd", TEXT),
    ("usda", "model/vnd.usda", TEXT),
    ("usdc", UNKNOWN, ITSELF),
    ("usdz", "model/vnd.usdz+zip", ZIP),
    ("vdb", UNKNOWN, ITSELF),
    ("vrm", "model/gltf-binary", ITSELF),
    ("vtt", "text/vtt", TEXT),
    ("wasm", "application/wasm", ITSELF),
    ("wav", "audio/wav", &["audio/x-wav"]),
    ("webm", "video/webm", &["video/x-matroska"]),
    ("webp", "image/webp", ITSELF),
    ("whl", UNKNOWN, ZIP),
    ("woff", "font/woff", WOFF),
    ("woff2", "font/woff2", WOFF),
    ("xls", "application/vnd.ms-excel", OLE),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ZIP),
    ("xml", "application/xml", XML),
    ("xyz", "chemical/x-xyz", TEXT),
    ("xz", "application/x-xz", ITSELF),
    ("yaml", "application/yaml", TEXT),
    ("yml", "application/yaml", TEXT),
    ("zip", "application/zip", ITSELF),
    ("zst", "application/zstd", ITSELF),
];

impl Ending {
    /// The longest known ending of the last segment of an address.
    pub(super) fn of(url: &Url) -> Option<Self> {
        let name = url.path().rsplit('/').next()?.to_ascii_lowercase();
        name.match_indices('.').find_map(|(dot, _)| {
            let ending = name.get(dot + 1..)?;
            Self::named(if ending == "jpeg" { "jpg" } else { ending })
        })
    }

    /// The first one of a media type.
    pub(super) fn with_type(mime: &str) -> Option<&'static str> {
        let known = ENDINGS
            .iter()
            .find(|(_, known, _)| *known == mime && mime != UNKNOWN);
        known.map(|(name, ..)| *name)
    }

    fn named(name: &str) -> Option<Self> {
        let found = ENDINGS.binary_search_by_key(&name, |(known, ..)| known);
        let (name, mime, made_of) = ENDINGS.get(found.ok()?)?;
        Some(Self { name, mime, made_of })
    }

    /// Whether it says more of a file than a media type does that others say of it.
    pub(super) fn tells_more_than(&self, mime: &str) -> bool {
        self.made_of.contains(&mime)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assets::kind::essence;

    #[test]
    fn every_ending_is_a_plain_one_in_its_place() {
        assert!(ENDINGS.is_sorted_by_key(|(name, ..)| name));
        for (name, mime, _) in ENDINGS {
            let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.';
            assert!(name.bytes().all(is_plain), "{name}");
            assert_eq!(essence(mime).as_deref(), Some(*mime), "{name}");
        }
    }

    #[test]
    fn the_longest_ending_of_the_last_segment_counts() {
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
            let ending = Ending::of(&Url::parse(address).unwrap());
            assert_eq!(ending.map(|ending| ending.name), expected, "{address}");
        }
    }
}
