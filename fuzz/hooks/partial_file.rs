//! The entry of the fuzz target `content_ranges`.

#![allow(missing_docs)]

use reqwest::header::{CONTENT_RANGE, HeaderMap, HeaderValue};

pub fn content_range(header: &[u8]) -> Option<(u64, Option<u64>)> {
    let header = HeaderValue::from_bytes(header).ok()?;
    super::content_range(&HeaderMap::from_iter([(CONTENT_RANGE, header)]))
}
