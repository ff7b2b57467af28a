//! Digests of blobs and manifests: SHA-256, as OCI writes it.

use std::str::FromStr as _;

use oci_spec::image::{Digest, DigestAlgorithm};

/// The digest of these bytes.
///
/// # Errors
///
/// None: 64 hexadecimal digits are a digest.
pub(crate) fn of(bytes: &[u8]) -> Result<Digest, String> {
    Digest::from_str(&format!("sha256:{}", documents::hash::sha256(bytes))).map_err(|error| error.to_string())
}

/// Reads `sha256:<64 lower-case hex>`.
///
/// # Errors
///
/// Says which form it has.
pub(crate) fn parse(text: &str) -> Result<Digest, String> {
    Digest::from_str(text)
        .ok()
        .filter(|digest| *digest.algorithm() == DigestAlgorithm::Sha256)
        .ok_or_else(|| "a digest has the form sha256:<64 lower-case hex>".to_owned())
}

/// Whether these bytes are those of the digest.
pub(crate) fn is_of(digest: &Digest, bytes: &[u8]) -> bool {
    *digest.algorithm() == DigestAlgorithm::Sha256 && documents::hash::sha256(bytes) == digest.digest()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_one_digest() {
        let digest = of(b"").unwrap();
        assert_eq!(
            digest.to_string(),
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert!(is_of(&digest, b"") && !is_of(&digest, b"x"));
        assert_eq!(parse(digest.as_ref()), Ok(digest.clone()));
    }

    #[test]
    fn nothing_else_is_a_digest() {
        let upper = format!("sha256:{}", "A".repeat(64));
        let other = format!("sha512:{}", "a".repeat(128));
        for text in ["", "sha256:", "sha256:0123", "latest", &upper, &other] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
