//! World paths and write prefixes (`docs/spec.md#world-paths`): names of files that are the same on every machine.

use icu_normalizer::ComposingNormalizerBorrowed;

use crate::code::ErrorCode;
use crate::error::Error;
use crate::names::ExecutionId;

const ROOT: &str = "world://artifacts/";
const ABSOLUTE_ROOT: &str = "/artifacts/";
const LONGEST_PATH: usize = 1_024;
const LONGEST_SEGMENT: usize = 255;
const PLACEHOLDER: &str = "{execution_id}";

/// The name of an artifact in its canonical form, `world://artifacts/<segments>`, with at least one segment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorldPath(String);

impl WorldPath {
    /// Parses `world://artifacts/<segments>` or `/artifacts/<segments>`, and makes it canonical.
    ///
    /// # Errors
    ///
    /// `ERR_BAD_FACET`, `ERR_DECODED_SLASH`, `ERR_PERCENT_DECODE`, `ERR_DOT_SEGMENTS`, `ERR_FORBIDDEN_SEGMENT`,
    /// `ERR_SEGMENT_TOO_LONG` and `ERR_PATH_TOO_LONG`, as `docs/spec.md#world-paths` says.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let below = text
            .strip_prefix(ROOT)
            .or_else(|| text.strip_prefix(ABSOLUTE_ROOT))
            .ok_or_else(|| {
                Error::new(
                    ErrorCode::BadFacet,
                    "a path does not begin with `world://artifacts/` or `/artifacts/`",
                )
            })?;
        let path = canonical(below)?;
        if path.is_empty() || path.ends_with('/') {
            return Err(Error::new(
                ErrorCode::BadFacet,
                "a path names a directory where it has to name a file",
            ));
        }
        Ok(Self(format!("{ROOT}{path}")))
    }

    /// A path of canonical segments.
    pub(crate) fn from_segments(segments: &[&str]) -> Self {
        Self(format!("{ROOT}{}", segments.join("/")))
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// This path with `rest`, which is not checked, in place of the file's name.
    #[must_use]
    pub fn beside(&self, rest: &str) -> String {
        let dir = self.0.rsplit_once('/').map_or("", |(dir, _)| dir);
        format!("{dir}/{rest}")
    }

    /// The directories above the file, outermost first, and the file's name.
    #[must_use]
    pub fn split(&self) -> (Vec<&str>, &str) {
        let mut segments: Vec<&str> = self.0.strip_prefix(ROOT).unwrap_or_default().split('/').collect();
        let name = segments.pop().unwrap_or_default();
        (segments, name)
    }
}

text_traits!(WorldPath, Error);

/// The directory that a run writes to (`docs/spec.md#write-prefix`): `/artifacts/` and any number of segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WritePrefix {
    /// Canonical, below the root: empty, or segments that each end with `/`.
    below: String,
}

impl WritePrefix {
    /// Fills in `{execution_id}` and makes the result canonical.
    ///
    /// # Errors
    ///
    /// `ERR_PREFIX_TEMPLATE` for another form; those of [`WorldPath::parse`].
    pub fn expand(template: &str, execution_id: &ExecutionId) -> Result<Self, Error> {
        let wrong = |what| Err(Error::new(ErrorCode::PrefixTemplate, what));
        let Some(below) = template.strip_prefix(ABSOLUTE_ROOT) else {
            return wrong("the write prefix does not begin with `/artifacts/`");
        };
        if !template.ends_with('/') {
            return wrong("the write prefix does not end with `/`");
        }
        let below = canonical(&below.replace(PLACEHOLDER, execution_id.as_str()))?;
        if below.contains(['{', '}']) {
            return wrong("the write prefix has a placeholder other than `{execution_id}`");
        }
        let prefix = Self { below };
        prefix.path("determinism.json")?; // the longest name that a run writes there
        Ok(prefix)
    }

    /// The directories from the root to the prefix.
    #[must_use]
    pub fn segments(&self) -> Vec<&str> {
        self.below.split_terminator('/').collect()
    }

    /// The part of a canonical world path below the prefix; `None` for another path.
    #[must_use]
    pub fn relpath<'a>(&self, path: &'a str) -> Option<&'a str> {
        path.strip_prefix(ROOT)?.strip_prefix(self.below.as_str())
    }

    /// The world path of a file below the prefix.
    ///
    /// # Errors
    ///
    /// Those of [`WorldPath::parse`].
    pub fn path(&self, relpath: &str) -> Result<WorldPath, Error> {
        WorldPath::parse(&format!("{ROOT}{}{relpath}", self.below))
    }
}

/// The canonical form of a path below the root.
///
/// A `/` at the beginning is removed; one at the end stays.
pub(crate) fn canonical(path: &str) -> Result<String, Error> {
    let mut decoded = percent_decode(path)?;
    // ASCII is NFC, and the tables of Unicode stay out of memory
    if !decoded.is_ascii() {
        decoded = ComposingNormalizerBorrowed::new_nfc()
            .normalize(&decoded)
            .into_owned();
    }
    let mut canonical = String::with_capacity(decoded.len());
    for segment in decoded.split('/').filter(|segment| !segment.is_empty()) {
        check_segment(segment)?;
        canonical.push_str(segment);
        canonical.push('/');
    }
    if !decoded.ends_with('/') {
        canonical.pop();
    }
    if ROOT.len() + canonical.len() > LONGEST_PATH {
        return Err(Error::new(
            ErrorCode::PathTooLong,
            format!("a path is longer than {LONGEST_PATH} bytes"),
        ));
    }
    Ok(canonical)
}

fn check_segment(segment: &str) -> Result<(), Error> {
    let (code, what) = match segment {
        "." | ".." => (ErrorCode::DotSegments, "a path has a segment `.` or `..`"),
        ".git" | ".well-known" => (
            ErrorCode::ForbiddenSegment,
            "a path has a segment `.git` or `.well-known`",
        ),
        _ if segment.contains(|c: char| c.is_control() || c == '\\') => (
            ErrorCode::ForbiddenSegment,
            "a path has a control character or a backslash",
        ),
        _ if segment.len() > LONGEST_SEGMENT => (
            ErrorCode::SegmentTooLong,
            "a path has a segment longer than 255 bytes",
        ),
        _ => return Ok(()),
    };
    Err(Error::new(code, what))
}

fn percent_decode(text: &str) -> Result<String, Error> {
    let invalid = || {
        Error::new(
            ErrorCode::PercentDecode,
            "a path has a percent-escape that is invalid, or that decodes to `%`",
        )
    };
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).ok_or_else(invalid)?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(invalid());
        }
        match u8::from_str_radix(digits, 16) {
            Ok(b'/' | 0) => {
                return Err(Error::new(
                    ErrorCode::DecodedSlash,
                    "a path has a percent-escape that decodes to `/` or NUL",
                ));
            }
            Ok(b'%') | Err(_) => return Err(invalid()),
            Ok(byte) => bytes.push(byte),
        }
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).map_err(|_| invalid())
}
