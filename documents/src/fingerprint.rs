//! The environment fingerprint (`docs/spec.md#environment-fingerprint`).

/// Joins `key:value` pairs by `;`, sorted by key; pairs without a value are left out.
#[must_use]
pub fn fingerprint(cpu: &str, image: Option<&str>, memory: &str) -> String {
    [
        ("cpu", cpu),
        ("image", image.unwrap_or_default()),
        ("memory", memory),
    ] // sorted by key
    .iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(key, value)| format!("{key}:{value}"))
    .collect::<Vec<_>>()
    .join(";")
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    #[test]
    fn unknown_values_are_left_out() {
        assert_eq!(fingerprint("1", None, "2Gi"), "cpu:1;memory:2Gi");
        assert_eq!(
            fingerprint("1", Some("x@sha256:0"), "2Gi"),
            "cpu:1;image:x@sha256:0;memory:2Gi"
        );
    }
}
