//! Media types, as headers and `data:` URIs spell them.

/// The media type of unknown content (RFC 2046, section 4.5.1).
pub(crate) const UNKNOWN: &str = "application/octet-stream";

/// The media type of any text.
pub(crate) const PLAIN_TEXT: &str = "text/plain";

/// Servers send these for any file, so they carry no information.
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

/// Type and subtype in lower case, without parameters (RFC 9110, section 8.3.1); `None` if malformed.
pub(crate) fn essence(content_type: &str) -> Option<String> {
    let essence = content_type.split(';').next()?.trim().to_ascii_lowercase();
    let (top_level, subtype) = essence.split_once('/')?;
    (is_token(top_level) && is_token(subtype)).then_some(essence)
}

fn is_token(name: &str) -> bool {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b);
    (1..=127).contains(&name.len()) && name.bytes().all(is_allowed)
}

pub(crate) fn is_generic(essence: &str) -> bool {
    GENERIC.contains(&essence)
}

/// Whether a content type is that of a web page, such as a login form in place of a file.
pub(crate) fn is_page(content_type: Option<&str>) -> bool {
    let essence = content_type.and_then(essence);
    essence.is_some_and(|essence| matches!(essence.as_str(), "text/html" | "application/xhtml+xml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_not_files() {
        assert!(is_page(Some("text/html; charset=utf-8")));
        for other in [Some("image/svg+xml"), Some("text/plain"), Some(""), None] {
            assert!(!is_page(other), "{other:?}");
        }
    }
}
