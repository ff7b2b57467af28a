//! The name of a repository: a registry's host, and a path on it.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use documents::{ImageDigest, InvalidImageDigest};
use oci_spec::image::Digest;

/// `host[:port]/path`, as the distribution specification has it; the host is always written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Repository {
    host: String,
    path: String,
}

/// Leaves room for a digest in what names an image.
const LONGEST: usize = 255;

/// The name of Docker Hub in images, and where it answers.
const DOCKER_HUB: (&str, &str) = ("docker.io", "registry-1.docker.io");

impl Repository {
    /// The registry, e.g. `ghcr.io` or `127.0.0.1:5000`.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// What comes after the host.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The host that answers: Docker Hub's is not the one in the names of its images.
    pub(super) fn api_host(&self) -> &str {
        let (name, api) = DOCKER_HUB;
        if self.host == name { api } else { &self.host }
    }

    /// Whether the host is this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }

    /// Whether it is `host/owner/repo/<package>`, or deeper: the image of a package in the repository of its source.
    pub(crate) fn is_repo_scoped(&self, package: &str) -> bool {
        let mut segments = self.path.rsplit('/');
        segments.next() == Some(&package.to_ascii_lowercase()) && segments.count() >= 2
    }

    /// The pinned image of a digest in it.
    ///
    /// # Errors
    ///
    /// When the digest is not SHA-256.
    pub(crate) fn with_digest(&self, digest: &Digest) -> Result<ImageDigest, InvalidImageDigest> {
        ImageDigest::parse(&format!("{self}@{digest}"))
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.path)
    }
}

impl FromStr for Repository {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (host, path) = text
            .split_once('/')
            .filter(|(host, _)| is_host(host))
            .ok_or("a repository starts with its registry, e.g. ghcr.io/owner/repo/name")?;
        if text.len() > LONGEST {
            return Err(format!("a repository's name has at most {LONGEST} characters"));
        }
        if !path.split('/').all(is_component) {
            return Err(
                "a repository's path has lower-case letters, digits, and single . _ - between them, without tag or digest"
                    .into(),
            );
        }
        Ok(Self {
            host: host.to_owned(),
            path: path.to_owned(),
        })
    }
}

/// The port of a host is left out, or a number.
fn is_host(text: &str) -> bool {
    let (name, port) = text
        .split_once(':')
        .map_or((text, None), |(name, port)| (name, Some(port)));
    let is_name = !name.is_empty()
        && !name.starts_with(['-', '.'])
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    let is_named_as_host = name.contains('.') || port.is_some() || name == "localhost";
    is_name && is_named_as_host && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_component(text: &str) -> bool {
    let is_word = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = text.as_bytes();
    let ends = [bytes.first(), bytes.last()];
    ends.into_iter().all(|end| end.is_some_and(is_word))
        && bytes
            .split(is_word)
            .all(|between| matches!(between, b"" | b"." | b"_" | b"__") || between.iter().all(|b| *b == b'-'))
}

/// Whether a host, with or without a port, is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let name = host.split(':').next().unwrap_or_default();
    name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_has_a_host_and_a_path() {
        for good in [
            "ghcr.io/o/r/a-b",
            "localhost/a",
            "localhost:5000/a__b/c.d/e---f",
            "127.0.0.1:5000/o/r/p",
            "registry:5000/x",
            "docker.io/library/debian",
        ] {
            let repository: Repository = good.parse().unwrap();
            assert_eq!(repository.to_string(), good);
            let digest = super::super::digest::of(b"").unwrap();
            assert!(repository.with_digest(&digest).is_ok());
        }
        let long = format!("ghcr.io/{}", "a".repeat(300));
        for bad in [
            "",
            "a",
            "o/r/p",
            "ghcr.io",
            "ghcr.io/",
            "ghcr.io//a",
            "ghcr.io/a/",
            "ghcr.io/A",
            "ghcr.io/a:1",
            "ghcr.io/a@sha256:0",
            "ghcr.io/a..b",
            "ghcr.io/a___b",
            "ghcr.io/-a",
            "ghcr.io/../v2",
            "ghcr.io:0/a",
            "ghcr.io:x/a",
            "user@ghcr.io/a",
            "https://ghcr.io/a",
            &long,
        ] {
            assert!(bad.parse::<Repository>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_last_of_at_least_three_segments_is_the_package() {
        let is_scoped = |text: &str| text.parse::<Repository>().unwrap().is_repo_scoped("A-b");
        assert!(is_scoped("ghcr.io/o/r/a-b") && is_scoped("h:5000/o/r/x/a-b"));
        assert!(!is_scoped("ghcr.io/r/a-b") && !is_scoped("ghcr.io/o/r/other"));
    }

    #[test]
    fn loopback_is_this_machine() {
        let is_loopback = |text: &str| text.parse::<Repository>().unwrap().is_loopback();
        assert!(is_loopback("localhost:1/a") && is_loopback("127.1.2.3:1/a"));
        assert!(!is_loopback("127.0.0.1.example/a") && !is_loopback("10.0.0.1:5000/a"));
    }
}
