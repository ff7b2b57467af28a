//! Execution ids, processor references and image digests, checked when they are made.

use std::borrow::Cow;
use std::ffi::OsString;

use serde::{Deserialize, Serialize};

use crate::code::ErrorCode;
use crate::error::Error;
use crate::hash::is_sha256;

/// The name of one execution: 1 to 128 of `A-Z a-z 0-9 . _ -`, not starting with `.` or `-`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct ExecutionId(String);

impl ExecutionId {
    /// Parses an execution id.
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

    /// The unchecked value of `--execution-id` in a command line that cannot be parsed.
    #[must_use]
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
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a processor, `ns/name@ver`, e.g. `llm/litellm@1`.
///
/// `ns` and `name` are `a-z 0-9 _ -`, `ver` is `A-Z a-z 0-9 . _ -`; each begins with a letter or a digit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct ProcessorRef(Cow<'static, str>);

impl ProcessorRef {
    /// A reference in the source of a processor.
    ///
    /// # Panics
    ///
    /// If the text is not `ns/name@ver`: in a `const`, the build fails.
    #[must_use]
    #[expect(clippy::panic, reason = "evaluated by the compiler: it fails the build")]
    pub const fn from_static(text: &'static str) -> Self {
        if !is_processor_ref(text.as_bytes()) {
            panic!("a processor reference has the form ns/name@ver, e.g. llm/litellm@1");
        }
        Self(Cow::Borrowed(text))
    }

    /// Parses `ns/name@ver`.
    ///
    /// # Errors
    ///
    /// `InvalidProcessorRef`.
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
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct ImageDigest(String);

impl ImageDigest {
    /// Parses `repo/name@sha256:<hex>`.
    ///
    /// # Errors
    ///
    /// `InvalidImageDigest`.
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
    #[must_use]
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

text_traits!(ExecutionId, Error);
text_traits!(ProcessorRef, InvalidProcessorRef);
text_traits!(ImageDigest, InvalidImageDigest);
