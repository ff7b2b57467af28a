//! The name of a model in the path of a request. Services call models by names with `@` and `.`, which stay as they are.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

/// What is escaped in one segment of a path.
pub(crate) const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'@');

/// The same where a name may have several segments.
pub(crate) const PATH: &AsciiSet = &SEGMENT.remove(b'~').remove(b'/');
