//! Redacted thoughts: Converse has Claude's data, which is base64, in base64 once more.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Claude's data as Converse has it.
pub(super) fn wrapped(data: &str) -> String {
    STANDARD.encode(unwrapped(data).as_deref().unwrap_or(data))
}

/// What is inside of such a wrap, if there is one: base64 again.
pub(super) fn unwrapped(data: &str) -> Option<String> {
    let inner = String::from_utf8(STANDARD.decode(data).ok()?).ok()?;
    STANDARD.decode(&inner).is_ok().then_some(inner)
}
