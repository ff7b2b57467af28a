//! What names a manifest in a repository.

use std::fmt;
use std::str::FromStr;

use documents::ImageDigest;
use oci_spec::image::Digest;

use super::digest;
use super::repository::Repository;

/// A tag: 1 to 128 of `A-Z a-z 0-9 _ . -`, not starting with `.` or `-`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag(String);

/// A tag, or a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    Tag(Tag),
    Digest(Digest),
}

impl Tag {
    /// What a registry is asked for when no tag is given.
    pub(crate) fn latest() -> Self {
        Self("latest".into())
    }

    /// Where a registry without the referrers API has those of a manifest (distribution specification, referrers tag schema).
    pub(crate) fn of_referrers(digest: &Digest) -> Self {
        Self(digest.to_string().replace(':', "-"))
    }
}

impl FromStr for Tag {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_tag = (1..=128).contains(&text.len())
            && !text.starts_with(['.', '-'])
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'));
        if is_tag {
            return Ok(Self(text.to_owned()));
        }
        Err("a tag has 1 to 128 letters, digits, _ . or -, and starts with none of the last two".into())
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Reference {
    /// The whole name of the image.
    pub(crate) fn in_repository(&self, repository: &Repository) -> String {
        match self {
            Self::Tag(tag) => format!("{repository}:{tag}"),
            Self::Digest(digest) => format!("{repository}@{digest}"),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => tag.fmt(f),
            Self::Digest(digest) => digest.fmt(f),
        }
    }
}

impl From<Tag> for Reference {
    fn from(tag: Tag) -> Self {
        Self::Tag(tag)
    }
}

impl From<Digest> for Reference {
    fn from(digest: Digest) -> Self {
        Self::Digest(digest)
    }
}

/// The two halves of a pinned image.
///
/// # Errors
///
/// Says what is wrong with the repository's name.
pub(crate) fn split(image: &ImageDigest) -> Result<(Repository, Digest), String> {
    let (repository, digest) = image.as_str().split_once('@').unwrap_or_default();
    Ok((repository.parse()?, digest::parse(digest)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags() {
        let long = "a".repeat(129);
        for (text, expected) in [
            ("latest", true),
            ("_1.0-rc.1", true),
            ("", false),
            (".a", false),
            ("-a", false),
            ("a/b", false),
            ("a:b", false),
            (&long, false),
        ] {
            assert_eq!(text.parse::<Tag>().is_ok(), expected, "{text}");
        }
    }

    #[test]
    fn a_pinned_image_has_a_repository_and_a_digest() {
        let hex = "a".repeat(64);
        let image = ImageDigest::parse(&format!("ghcr.io/o/r/p@sha256:{hex}")).unwrap();
        let (repository, digest) = split(&image).unwrap();
        assert_eq!(repository.with_digest(&digest).unwrap(), image);
        let local = ImageDigest::parse(&format!("p@sha256:{hex}")).unwrap();
        assert!(split(&local).is_err());
    }
}
