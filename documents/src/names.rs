//! Names that are checked once, where they come in: execution id, processor reference, image digest.

use std::ffi::OsString;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::code::ErrorCode;
use crate::error::Error;
use crate::hash::is_sha256;

/// The name of one execution: 1 to 128 of `A-Z a-z 0-9 . _ -`, not starting with `.` or `-`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ExecutionId(String);

impl ExecutionId {
    /// Checks an execution id.
    ///
    /// # Errors
    ///
    /// `ERR_EXECUTION_ID`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let valid = (1..=128).contains(&text.len())
            && !text.starts_with(['.', '-'])
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::new(
                ErrorCode::ExecutionId,
                "the execution id is not 1 to 128 letters, digits, `.`, `_` or `-`, starting with neither `.` nor `-`",
            ))
        }
    }

    /// What follows `--execution-id` in a command line that cannot be read, as it is.
    pub fn find(arguments: &[OsString]) -> Option<OsString> {
        const FLAG: &str = "--execution-id";
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            if argument == FLAG {
                return arguments.next().cloned();
            }
            if let Some(value) = argument
                .to_str()
                .and_then(|text| text.strip_prefix(FLAG)?.strip_prefix('='))
            {
                return Some(value.into());
            }
        }
        None
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a processor, `ns/name@ver`, e.g. `llm/litellm@1`.
///
/// `ns` and `name` are `a-z 0-9 _ -`, `ver` is `A-Z a-z 0-9 . _ -`; each begins with a letter or a digit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessorRef(std::borrow::Cow<'static, str>);

impl ProcessorRef {
    /// A reference that is checked when the processor is compiled.
    ///
    /// # Panics
    ///
    /// At compile time in a `const`, when the text is not `ns/name@ver`.
    #[must_use]
    #[expect(clippy::panic, reason = "evaluated by the compiler: it fails the build")]
    pub const fn from_static(text: &'static str) -> Self {
        if !is_processor_ref(text.as_bytes()) {
            panic!("a processor reference has the form ns/name@ver, e.g. llm/litellm@1");
        }
        Self(std::borrow::Cow::Borrowed(text))
    }

    /// Parses `ns/name@ver`.
    ///
    /// # Errors
    ///
    /// Where the text has another form.
    pub fn parse(text: &str) -> Result<Self, InvalidProcessorRef> {
        if is_processor_ref(text.as_bytes()) {
            Ok(Self(text.to_owned().into()))
        } else {
            Err(InvalidProcessorRef)
        }
    }

    /// The reference as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before `/`.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }

    /// The part between `/` and `@`.
    #[must_use]
    pub fn name(&self) -> &str {
        let rest = self.0.split_once('/').map_or("", |(_, rest)| rest);
        rest.split('@').next().unwrap_or_default()
    }
}

/// Written for `const` evaluation, where iterators do not work.
const fn is_processor_ref(mut bytes: &[u8]) -> bool {
    if bytes.len() > 255 {
        return false;
    }
    let mut part = 0; // 0: ns, 1: name, 2: ver
    let mut at_start = true;
    while let [byte, rest @ ..] = bytes {
        match (*byte, part) {
            (b'/', 0) | (b'@', 1) if !at_start => {
                part += 1;
                at_start = true;
            }
            (b'a'..=b'z' | b'0'..=b'9', _) | (b'A'..=b'Z', 2) => at_start = false,
            (b'_' | b'-', _) | (b'.', 2) if !at_start => {}
            _ => return false,
        }
        bytes = rest;
    }
    part == 2 && !at_start
}

/// A pinned image: `repo/name@sha256:<64 lower-case hex>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageDigest(String);

impl ImageDigest {
    /// Parses `repo/name@sha256:<hex>`.
    ///
    /// # Errors
    ///
    /// Where the text has another form.
    pub fn parse(text: &str) -> Result<Self, InvalidImageDigest> {
        let (name, hex) = text.split_once("@sha256:").ok_or(InvalidImageDigest)?;
        let valid = !name.is_empty()
            && text.len() <= 512
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'/' | b':'))
            && is_sha256(hex);
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidImageDigest)
        }
    }

    /// The whole reference as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that is not a processor reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a processor reference has the form ns/name@ver, e.g. llm/litellm@1")]
pub struct InvalidProcessorRef;

/// A text that is not a pinned image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a pinned image has the form repo/name@sha256:<64 lower-case hex>")]
pub struct InvalidImageDigest;

/// The standard traits of a name that [`parse`](ExecutionId::parse) checks.
macro_rules! name_traits {
    ($name:ident, $error:ty) => {
        impl FromStr for $name {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, $error> {
                Self::parse(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
            }
        }
    };
}

name_traits!(ExecutionId, Error);
name_traits!(ProcessorRef, InvalidProcessorRef);
name_traits!(ImageDigest, InvalidImageDigest);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn execution_ids() {
        let longest = "x".repeat(128);
        for good in ["a", "0", "_", "A.b-c_9", "a..b", longest.as_str()] {
            assert!(ExecutionId::parse(good).is_ok(), "{good}");
        }
        let long = "x".repeat(129);
        for bad in [
            "",
            ".",
            "..",
            "-a",
            ".a",
            "../../x",
            "a/b",
            "a b",
            "é",
            "a\0",
            "a\n",
            long.as_str(),
        ] {
            let error = ExecutionId::parse(bad).unwrap_err();
            assert_eq!(error.code(), ErrorCode::ExecutionId, "{bad:?}");
        }
    }

    #[test]
    fn processor_refs() {
        for good in ["llm/litellm@1", "a/b@1.2-rc_1", "a-b/c_d@V2"] {
            assert!(ProcessorRef::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "", "llm", "llm/x", "llm/x@", "/x@1", "llm/@1", "a/b/c@1", "a@b/c", "a/b@1@2", "A/b@1", "-a/b@1",
            "a/b@.1", "a/b@1;x", "a/b@1\n",
        ] {
            assert!(ProcessorRef::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn image_digests() {
        let hex = "0123456789abcdef".repeat(4);
        for name in ["ghcr.io/o/r/llm-litellm", "binary", "localhost:5000/x"] {
            assert!(
                ImageDigest::parse(&format!("{name}@sha256:{hex}")).is_ok(),
                "{name}"
            );
        }
        let upper = hex.to_uppercase();
        for bad in [
            "x:latest".to_owned(),
            format!("@sha256:{hex}"),
            format!("x@sha256:{upper}"),
            format!("x@sha256:{hex}0"),
            format!("x;y@sha256:{hex}"),
            format!("x@sha256:{hex}@sha256:{hex}"),
        ] {
            assert!(ImageDigest::parse(&bad).is_err(), "{bad}");
        }
    }
}
