//! The platforms that processors are built for.

use std::fmt;
use std::str::FromStr;

use oci_spec::image::{Arch, Os};
use serde::{Serialize, Serializer};

/// A platform, as OCI and Docker write it: `linux/amd64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Platform {
    Amd64,
    Arm64,
}

impl Platform {
    /// All of them, in the order of an index.
    pub(crate) const ALL: [Self; 2] = [Self::Amd64, Self::Arm64];

    /// The one that this program was built for, if it is one of them.
    pub(crate) fn of_this_machine() -> Option<Self> {
        Self::ALL.into_iter().find(|platform| {
            platform.target().starts_with(std::env::consts::ARCH) && std::env::consts::OS == platform.os()
        })
    }

    /// The one with this `os` and this `architecture` (OCI image index, `platform`).
    fn from_parts(os: &str, architecture: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|platform| platform.os() == os && platform.architecture() == architecture)
    }

    /// The one of an OCI document.
    pub(crate) fn from_oci(os: &Os, architecture: &Arch) -> Option<Self> {
        Self::from_parts(&os.to_string(), &architecture.to_string())
    }

    /// OCI's `os`.
    pub(crate) const fn os(self) -> &'static str {
        "linux"
    }

    /// OCI's `architecture`.
    pub(crate) const fn architecture(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }

    /// The target triple of rustc.
    pub(crate) const fn target(self) -> &'static str {
        match self {
            Self::Amd64 => "x86_64-unknown-linux-gnu",
            Self::Arm64 => "aarch64-unknown-linux-gnu",
        }
    }

    /// Several of them for people: `linux/amd64, linux/arm64`, or `none`.
    pub(crate) fn list(platforms: &[Self]) -> String {
        match platforms {
            [] => "none".to_owned(),
            some => some.iter().map(Self::to_string).collect::<Vec<_>>().join(", "),
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os(), self.architecture())
    }
}

impl FromStr for Platform {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.split_once('/')
            .and_then(|(os, architecture)| Self::from_parts(os, architecture))
            .ok_or_else(|| format!("processors are built for {}", Self::list(&Self::ALL)))
    }
}

impl Serialize for Platform {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_platform_is_read_as_it_is_written() {
        for platform in Platform::ALL {
            assert_eq!(platform.to_string().parse(), Ok(platform));
        }
        for text in [
            "",
            "linux",
            "amd64",
            "linux/x86_64",
            "windows/amd64",
            "linux/arm64/v8",
        ] {
            let error = text.parse::<Platform>().unwrap_err();
            assert_eq!(
                error, "processors are built for linux/amd64, linux/arm64",
                "{text}"
            );
        }
    }

    #[test]
    fn this_machine_is_one_that_the_tests_run_on() {
        let expected = match std::env::consts::ARCH {
            "x86_64" => Some(Platform::Amd64),
            "aarch64" => Some(Platform::Arm64),
            _ => None,
        };
        assert_eq!(Platform::of_this_machine(), expected);
    }
}
