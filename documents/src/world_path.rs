//! World paths and write prefixes: one canonical name for a place, whatever machine it is on.

use std::fmt;

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
    /// Reads `world://artifacts/<segments>`, or the same place as `/artifacts/<segments>`.
    ///
    /// # Errors
    ///
    /// The path codes of section 5 of the contracts.
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
                "a path names a folder where it has to name a file",
            ));
        }
        Ok(Self(format!("{ROOT}{path}")))
    }

    /// A path of segments that are canonical already.
    pub(crate) fn from_segments(segments: &[&str]) -> Self {
        Self(format!("{ROOT}{}", segments.join("/")))
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text of a path that begins with the same folders; what is given follows as it is.
    pub fn beside(&self, rest: &str) -> String {
        let folders = self.0.rsplit_once('/').map_or("", |(folders, _)| folders);
        format!("{folders}/{rest}")
    }

    /// The folders above the file, outermost first, and the file's own name.
    pub fn split(&self) -> (Vec<&str>, &str) {
        let mut segments: Vec<&str> = self.0.strip_prefix(ROOT).unwrap_or_default().split('/').collect();
        let name = segments.pop().unwrap_or_default();
        (segments, name)
    }
}

impl fmt::Display for WorldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The folder below which a run may write, with its execution id filled in: `/artifacts/` and any number of segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WritePrefix {
    /// Canonical, below the root: empty, or segments that each end with `/`.
    below: String,
}

impl WritePrefix {
    /// Fills in `{execution_id}` and brings the result into canonical form.
    ///
    /// # Errors
    ///
    /// `ERR_PREFIX_TEMPLATE` where the form is wrong, else the path codes of section 5 of the contracts.
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
        prefix.path("determinism.json")?; // no file of ours may have too long a path
        Ok(prefix)
    }

    /// The folders from the root to the prefix.
    pub fn segments(&self) -> Vec<&str> {
        self.below.split_terminator('/').collect()
    }

    /// What of a canonical world path lies below the prefix.
    pub fn relpath<'a>(&self, path: &'a str) -> Option<&'a str> {
        path.strip_prefix(ROOT)?.strip_prefix(self.below.as_str())
    }

    /// The world path of something below the prefix.
    pub fn path(&self, relpath: &str) -> Result<WorldPath, Error> {
        WorldPath::parse(&format!("{ROOT}{}{relpath}", self.below))
    }
}

/// The canonical form of a path below the root.
///
/// Percent-escapes are decoded once, runs of `/` collapsed, the text brought into Unicode NFC. A leading `/` goes, a
/// trailing one stays.
pub(crate) fn canonical(path: &str) -> Result<String, Error> {
    let mut decoded = percent_decode(path)?;
    // ASCII is NFC already; the tables of Unicode stay untouched, and out of memory
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

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> ErrorCode {
        WorldPath::parse(text).unwrap_err().code()
    }

    #[test]
    fn two_spellings_of_one_place_are_equal() {
        for text in [
            "world://artifacts/a/b c/é",
            "/artifacts/a/b c/é",
            "/artifacts//a///b%20c/e\u{301}",
            "world://artifacts/%61/b c/%C3%A9",
        ] {
            assert_eq!(
                WorldPath::parse(text).unwrap().as_str(),
                "world://artifacts/a/b c/é",
                "{text}"
            );
        }
    }

    #[test]
    fn every_rule_has_its_code() {
        let long_segment = format!("/artifacts/{}", "x".repeat(256));
        let long_path = format!("/artifacts/{}", "x/".repeat(512) + "x");
        for (text, expected) in [
            ("/artifacts/a%2Fb", ErrorCode::DecodedSlash),
            ("/artifacts/a%2fb", ErrorCode::DecodedSlash),
            ("/artifacts/a%00", ErrorCode::DecodedSlash),
            ("/artifacts/a\0", ErrorCode::ForbiddenSegment),
            ("/artifacts/a%25", ErrorCode::PercentDecode),
            ("/artifacts/a%", ErrorCode::PercentDecode),
            ("/artifacts/a%2", ErrorCode::PercentDecode),
            ("/artifacts/a%zz", ErrorCode::PercentDecode),
            ("/artifacts/a%+1", ErrorCode::PercentDecode),
            ("/artifacts/%ff", ErrorCode::PercentDecode),
            ("/artifacts/%é", ErrorCode::PercentDecode),
            ("/artifacts/./a", ErrorCode::DotSegments),
            ("/artifacts/a/..", ErrorCode::DotSegments),
            ("/artifacts/%2e%2E/a", ErrorCode::DotSegments),
            ("/artifacts/a\n", ErrorCode::ForbiddenSegment),
            ("/artifacts/%7f", ErrorCode::ForbiddenSegment),
            ("/artifacts/a%5Cb", ErrorCode::ForbiddenSegment),
            ("/artifacts/.git/x", ErrorCode::ForbiddenSegment),
            ("/artifacts/.well%2dknown/x", ErrorCode::ForbiddenSegment),
            (&long_segment, ErrorCode::SegmentTooLong),
            (&long_path, ErrorCode::PathTooLong),
            ("/etc/passwd", ErrorCode::BadFacet),
            ("world://other/a", ErrorCode::BadFacet),
            ("artifacts/a", ErrorCode::BadFacet),
            ("/artifacts", ErrorCode::BadFacet),
            ("/artifacts/", ErrorCode::BadFacet),
            ("", ErrorCode::BadFacet),
        ] {
            assert_eq!(code(text), expected, "{text:?}");
        }
    }

    #[test]
    fn prefixes() {
        let id = ExecutionId::parse("run-1").unwrap();
        let expand = |template: &str| WritePrefix::expand(template, &id);
        let prefix = expand("/artifacts//a/{execution_id}/x{execution_id}/").unwrap();
        assert_eq!(prefix.segments(), ["a", "run-1", "xrun-1"]);
        assert_eq!(
            prefix.path("outputs.json").unwrap().as_str(),
            "world://artifacts/a/run-1/xrun-1/outputs.json"
        );
        assert_eq!(expand("/artifacts/").unwrap().segments(), [""; 0]);
        for (template, expected) in [
            ("/artifacts/a", ErrorCode::PrefixTemplate),
            ("artifacts/a/", ErrorCode::PrefixTemplate),
            ("/artifacts", ErrorCode::PrefixTemplate),
            ("/data/a/", ErrorCode::PrefixTemplate),
            ("world://artifacts/a/", ErrorCode::PrefixTemplate),
            ("/artifacts/{id}/", ErrorCode::PrefixTemplate),
            ("/artifacts/{execution_id/", ErrorCode::PrefixTemplate),
            ("/artifacts/../a/", ErrorCode::DotSegments),
            ("/artifacts/%2e%2e/", ErrorCode::DotSegments),
            ("/artifacts/a%00/", ErrorCode::DecodedSlash),
            ("/artifacts/a%2f/", ErrorCode::DecodedSlash),
        ] {
            assert_eq!(expand(template).unwrap_err().code(), expected, "{template}");
        }
    }
}
