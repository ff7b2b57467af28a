//! Where a file's content is, and which strings are addresses.

use reqwest::Url;

use crate::data_uri;

/// A longer string is not taken for an address, unless it is a `data:` URI or the schema declares a file.
const LONGEST_ADDRESS: usize = 16 * 1024;

#[derive(Debug)]
pub(crate) enum FileSource {
    /// An `https:` URL, or one of another scheme, which is refused later.
    Remote(Url),
    DataUri(String),
    /// The string is not an address.
    Invalid,
}

impl FileSource {
    pub(crate) fn parse(text: &str) -> Self {
        let start = text.trim_start();
        let scheme = start.get(..5).unwrap_or_default();
        if scheme.eq_ignore_ascii_case("data:") {
            return Self::DataUri(start.to_owned()); // trailing white space may be content
        }
        Url::parse(text.trim()).map_or(Self::Invalid, Self::Remote)
    }
}

/// Whether a string begins with a URI scheme (RFC 3986, section 3.1).
pub(crate) fn has_scheme(text: &str) -> bool {
    let scheme = text.trim_start().split_once(':').map(|(scheme, _)| scheme);
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b"+-.".contains(&b);
    scheme.is_some_and(|scheme| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.bytes().all(is_allowed)
    })
}

/// Whether a string is an address as a whole, and does not only begin like one.
pub(crate) fn is_address(text: &str) -> bool {
    match FileSource::parse(text) {
        FileSource::Remote(url) => {
            text.len() <= LONGEST_ADDRESS
                && matches!(url.scheme(), "http" | "https")
                && !text.contains(|c: char| c.is_whitespace() || c.is_control())
        }
        FileSource::DataUri(uri) => data_uri::has_media_type(&uri),
        FileSource::Invalid => false,
    }
}

/// The URL without its query, which may be a signature that opens the file to anybody, and without credentials.
pub(crate) fn without_query(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    let _ = url.set_username(""); // fails only where there cannot be one
    let _ = url.set_password(None);
    url.into()
}
