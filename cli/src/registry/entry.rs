//! One entry of the registry, valid as soon as it is read.

#[cfg(test)]
#[path = "../../tests/unit/entry.rs"]
mod tests;
mod yaml;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use documents::{ErrorCode, ImageDigest, ProcessorRef};
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;

use crate::error::Error;

/// What the orchestrator knows of a processor (`docs/spec.md#registry-entries`).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    #[serde(rename = "ref")]
    pub(crate) processor_ref: ProcessorRef,
    #[serde(default, deserialize_with = "image")]
    pub(crate) image: Image,
    pub(crate) build: Build,
    pub(crate) runtime: Limits,
    #[serde(default)]
    pub(crate) secrets: Secrets,
    /// Variables that a run gets beside its secrets, such as addresses and limits: they may be shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) settings: Vec<VariableName>,
    /// The same, and their values are paths on the caller's machine: a container gets the files, read-only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) setting_files: Vec<VariableName>,
    #[serde(default)]
    pub(crate) inputs: Inputs,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Image {
    /// Left out until the first pin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) oci: Option<ImageDigest>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Build {
    /// The Cargo package, and so the binary and the image's last name.
    #[serde(deserialize_with = "package")]
    pub(crate) package: String,
}

/// What one run may use.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Limits {
    pub(crate) cpu: Cpu,
    pub(crate) memory: Memory,
    /// Seconds, above 0.
    #[serde(deserialize_with = "seconds")]
    pub(crate) timeout_s: f64,
    #[serde(default = "no_gpu")]
    pub(crate) gpu: String,
}

/// Names of environment variables, never values.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Secrets {
    #[serde(default)]
    pub(crate) required: Vec<VariableName>,
    #[serde(default)]
    pub(crate) optional: Vec<VariableName>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Inputs {
    /// JSON Schema of `params`; without one anything goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) schema: Option<Value>,
}

/// A number of CPUs above 0, e.g. `1` or `0.5`, as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Cpu(String);

/// An amount of memory, e.g. `512Mi` or `2Gi`, as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Memory {
    text: String,
    bytes: u64,
}

/// The name of an environment variable: `A-Z 0-9 _`, not starting with a digit, and none of counterfoil's own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct VariableName(String);

/// The orchestrator sets these itself (`docs/spec.md#processor-command-line`), or the machine does.
const TAKEN: [&str; 14] = [
    "ADAPTER",
    "ARTIFACTS_BASE_DIR",
    "CI",
    "CPU",
    "HOME",
    "IMAGE_REF",
    "LD_PRELOAD",
    "LOG_LEVEL",
    "MEMORY",
    "PATH",
    "PLAN_ID",
    "PROCESSOR_REF",
    "SECRETS_DIR",
    "TIMEOUT_S",
];

impl Entry {
    /// Reads one file.
    ///
    /// # Errors
    ///
    /// `ERR_REGISTRY` that names the file, the location in it and what is wrong there.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        Self::load(path).map_err(|problem| {
            Error::new(
                ErrorCode::Registry,
                format!("{} is not a registry entry: {problem}", path.display()),
            )
        })
    }

    /// Reads one file; the error is one line that does not name it.
    pub(super) fn load(path: &Path) -> Result<Self, String> {
        let mut text = String::new();
        let limit = yaml::LARGEST as u64 + 1;
        File::open(path)
            .and_then(|file| file.take(limit).read_to_string(&mut text))
            .map_err(|problem| format!("it cannot be read: {problem}"))?;
        Self::parse(&text)
    }

    /// Reads the text of an entry; the error is one line.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        yaml::parse(text)
    }

    /// How long a run may take.
    pub(crate) fn timeout(&self) -> Duration {
        Duration::try_from_secs_f64(self.runtime.timeout_s).unwrap_or(Duration::MAX)
    }
}

impl Secrets {
    /// The names, required ones first.
    pub(crate) fn names(&self) -> impl Iterator<Item = &VariableName> {
        self.required.iter().chain(&self.optional)
    }
}

impl Cpu {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Memory {
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl From<Memory> for String {
    fn from(memory: Memory) -> Self {
        memory.text
    }
}

impl VariableName {
    /// Checks a name.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let valid = (1..=128).contains(&text.len())
            && !text.starts_with(|c: char| c.is_ascii_digit())
            && text
                .bytes()
                .all(|b| matches!(b, b'A'..=b'Z' | b'0'..=b'9' | b'_'));
        match text {
            _ if !valid => Err("the name of a variable is A-Z, 0-9 and _, not starting with a digit".into()),
            _ if TAKEN.contains(&text) => Err(format!("{text} is not for an entry to pass on")),
            _ => Ok(Self(text.to_owned())),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Cpu {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_number = text.len() <= 16 && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        match text.parse::<f64>() {
            Ok(number) if is_number && number > 0.0 => Ok(Self(text)),
            _ => Err("not a number of CPUs above 0, e.g. \"1\" or \"0.5\""),
        }
    }
}

impl TryFrom<String> for Memory {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let power = ["Ki", "Mi", "Gi", "Ti"]
            .iter()
            .position(|unit| text.get(digits.len()..) == Some(unit));
        let unit = power.map(|power| 1024 << (10 * power));
        let bytes = digits
            .parse::<u64>()
            .ok()
            .zip(unit)
            .and_then(|(number, unit)| number.checked_mul(unit));
        match bytes {
            Some(bytes) if bytes > 0 => Ok(Self { text, bytes }),
            _ => Err("not a whole number of Ki, Mi, Gi or Ti, e.g. 512Mi or 2Gi"),
        }
    }
}

impl TryFrom<String> for VariableName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let seconds = f64::deserialize(deserializer)?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() => Ok(seconds),
        _ => Err(de::Error::custom("not a number of seconds above 0")),
    }
}

fn package<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if is_name {
        return Ok(name);
    }
    Err(de::Error::custom(
        "not the name of a Cargo package: letters, digits, - and _, starting with a letter",
    ))
}

/// `image:` with nothing after it is what is left when a pin is deleted by hand.
fn image<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Image, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

fn no_gpu() -> String {
    "none".into()
}
