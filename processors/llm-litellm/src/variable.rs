//! Names of environment variables in the inputs.

/// Whether this can be the name of an environment variable. A secret that somebody pasted in its place cannot.
pub(crate) fn is_variable_name(name: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    (1..=128).contains(&name.len())
        && name.bytes().all(is_plain)
        && !name.starts_with(|c: char| c.is_ascii_digit())
}
