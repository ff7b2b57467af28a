//! Images, documents, sounds and films as parts: <https://ai.google.dev/api/caching#Part>.

use runtime::ProcessorError;
use serde_json::{Map, Value};

use crate::native::object::{object, put};
use crate::native::part::{Part, PartKind, Source};

/// Begins the addresses of files that were uploaded to the service (<https://ai.google.dev/api/files>).
const FILES: &str = "https://generativelanguage.googleapis.com/v1beta/";

/// The media types of extensions (<https://ai.google.dev/gemini-api/docs/file-input-methods>).
#[rustfmt::skip]
const MEDIA_TYPES: [(&str, &str); 34] = [
    ("png", "image/png"), ("jpg", "image/jpeg"), ("jpeg", "image/jpeg"), ("webp", "image/webp"), ("gif", "image/gif"),
    ("heic", "image/heic"), ("heif", "image/heif"), ("pdf", "application/pdf"), ("json", "application/json"),
    ("txt", "text/plain"), ("md", "text/markdown"), ("html", "text/html"), ("htm", "text/html"), ("css", "text/css"),
    ("csv", "text/csv"), ("xml", "text/xml"), ("rtf", "text/rtf"), ("mp3", "audio/mpeg"), ("wav", "audio/wav"),
    ("aiff", "audio/aiff"), ("aac", "audio/aac"), ("ogg", "audio/ogg"), ("flac", "audio/flac"), ("m4a", "audio/m4a"),
    ("opus", "audio/opus"), ("mp4", "video/mp4"), ("mpeg", "video/mpeg"), ("mpg", "video/mpg"), ("mov", "video/quicktime"),
    ("flv", "video/x-flv"), ("webm", "video/webm"), ("wmv", "video/wmv"), ("3gp", "video/3gpp"),
    ("3gpp", "video/3gpp"),
];

/// How closely a part is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Resolution {
    Low,
    Medium,
    High,
    UltraHigh,
}

impl Resolution {
    fn parse(detail: &str) -> Option<Self> {
        match detail {
            "low" => Some(Self::Low),
            "medium" => Some(Self::Medium),
            "high" => Some(Self::High),
            "ultra_high" => Some(Self::UltraHigh),
            _ => None,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Low => "MEDIA_RESOLUTION_LOW",
            Self::Medium => "MEDIA_RESOLUTION_MEDIUM",
            Self::High => "MEDIA_RESOLUTION_HIGH",
            Self::UltraHigh => "MEDIA_RESOLUTION_ULTRA_HIGH",
        }
    }
}

/// A part that is no text.
#[derive(Debug)]
pub(super) struct Media {
    /// `inlineData` or `fileData`.
    pub(super) data: Map<String, Value>,
    pub(super) resolution: Option<Resolution>,
    /// `videoMetadata`, if there is one.
    video: Option<Value>,
}

impl Media {
    /// The media of a part; `None` for text.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` for a part that Gemini cannot take.
    pub(super) fn parse(part: &Part<'_>) -> Result<Option<Self>, ProcessorError> {
        let (source, holder) = match &part.kind {
            PartKind::Text(_) => return Ok(None),
            PartKind::Audio { data, format } => {
                let media_type = if format.starts_with("audio/") {
                    (*format).to_owned()
                } else {
                    format!("audio/{format}")
                };
                return Ok(Some(Self::new(inline(&media_type, data))));
            }
            PartKind::Image(source) => (*source, part.raw.get("image_url")),
            PartKind::File { source, .. } => (*source, part.raw.get("file")),
            PartKind::Other("input_image") => return Self::from_input_image(part),
            PartKind::Other(_) => {
                return Err(part.refuse(
                    "is of a type that Gemini does not know; give text, image_url, input_audio or file",
                ));
            }
        };
        let text = |name: &str| holder?.get(name)?.as_str();
        let format = text("format")
            .or_else(|| text("mime_type"))
            .or_else(|| text("content_type"));
        let mut media = Self::new(data(part, source, format)?);
        media.resolution = text("detail").and_then(Resolution::parse);
        media.video = holder.and_then(|holder| video_metadata(holder.get("video_metadata")?));
        Ok(Some(media))
    }

    /// An image in the form of the Responses API, in which agents hand on what their tools return.
    fn from_input_image(part: &Part<'_>) -> Result<Option<Self>, ProcessorError> {
        let member = |name: &str| part.member(name).cloned().unwrap_or_default();
        let image = object([("url", member("image_url")), ("detail", member("detail"))]);
        let content = object([("type", "image_url".into()), ("image_url", image)]);
        let content = vec![content].into();
        let mut parts = Part::all(Some(&content), &part.pointer)?;
        let Some(image) = parts.first_mut() else {
            return Ok(None);
        };
        image.pointer.clone_from(&part.pointer);
        Self::parse(image)
    }

    /// An image in a data URI.
    pub(super) fn from_data_uri(uri: &str) -> Option<Self> {
        let (media_type, data) = uri.strip_prefix("data:")?.split_once(";base64,")?;
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        media_type
            .starts_with("image/")
            .then(|| Self::new(inline(media_type, data)))
    }

    fn new(data: Map<String, Value>) -> Self {
        Self {
            data,
            resolution: None,
            video: None,
        }
    }

    /// The part of a content. Models before Gemini 3 know no resolution of a single part.
    pub(super) fn into_part(self, has_resolution: bool) -> Value {
        let mut part = self.data;
        if let Some(resolution) = self.resolution.filter(|_| has_resolution) {
            let level = object([("level", resolution.name().into())]);
            put(&mut part, "mediaResolution", level);
        }
        if let Some(video) = self.video {
            put(&mut part, "videoMetadata", video);
        }
        part.into()
    }

    pub(super) fn has_video_metadata(&self) -> bool {
        self.video.is_some()
    }

    pub(super) fn is_inline(&self) -> bool {
        self.data.contains_key("inlineData")
    }
}

fn data(
    part: &Part<'_>,
    source: Source<'_>,
    format: Option<&str>,
) -> Result<Map<String, Value>, ProcessorError> {
    let uri = match source {
        Source::Base64 { media_type, data } => return Ok(inline(format.unwrap_or(media_type), data)),
        Source::Url(url) if !url.contains(':') => {
            // base64 without the head of a data URI
            let format = format.ok_or_else(|| {
                part.refuse("is no address; give a data URI, or the media type as its format")
            })?;
            return Ok(inline(format, url));
        }
        Source::Url(url) if url.starts_with("https://") || url.starts_with("gs://") => url.to_owned(),
        Source::Url(_) => {
            return Err(part.refuse(
                "is neither a data URI nor at an https: or gs: address, and Gemini fetches nothing else; give the file itself, as a file of the inputs",
            ));
        }
        Source::Id(id) if id.starts_with("files/") => format!("{FILES}{id}"),
        Source::Id(_) => {
            return Err(part.refuse("is no file of Gemini; give its address, such as https://generativelanguage.googleapis.com/v1beta/files/NAME"));
        }
    };
    let mut data = Map::new();
    if uri.starts_with("gs://") && format.or_else(|| media_type(&uri)).is_none() {
        return Err(part.refuse("has no extension that Gemini knows; give its media type as its format"));
    }
    if let Some(media_type) = format.or_else(|| media_type(&uri)) {
        put(&mut data, "mimeType", normal(media_type).into());
    }
    put(&mut data, "fileUri", uri.into());
    Ok(member("fileData", data.into()))
}

fn inline(media_type: &str, data: &str) -> Map<String, Value> {
    let data = object([("mimeType", normal(media_type).into()), ("data", data.into())]);
    member("inlineData", data)
}

fn member(name: &str, value: Value) -> Map<String, Value> {
    let mut members = Map::new();
    put(&mut members, name, value);
    members
}

fn normal(media_type: &str) -> &str {
    if media_type.eq_ignore_ascii_case("image/jpg") {
        "image/jpeg"
    } else {
        media_type
    }
}

/// The media type by the extension of an address, which may have a query.
fn media_type(uri: &str) -> Option<&'static str> {
    let path = uri.split(['?', '#']).next()?;
    let (_, extension) = path.rsplit('/').next()?.rsplit_once('.')?;
    let known = MEDIA_TYPES
        .iter()
        .find(|(name, _)| extension.eq_ignore_ascii_case(name));
    known.map(|(_, media_type)| *media_type)
}

/// <https://ai.google.dev/api/caching#VideoMetadata>, with LiteLLM's names or the API's.
fn video_metadata(given: &Value) -> Option<Value> {
    const NAMES: [(&str, &str); 3] = [
        ("fps", "fps"),
        ("start_offset", "startOffset"),
        ("end_offset", "endOffset"),
    ];
    let given = given.as_object()?;
    let mut metadata = Map::new();
    for (name, to) in NAMES {
        if let Some(value) = given.get(name).or_else(|| given.get(to)) {
            put(&mut metadata, to, value.clone());
        }
    }
    (!metadata.is_empty()).then(|| metadata.into())
}
