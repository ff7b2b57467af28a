//! The two modes, and the guard that refuses real mode in CI (`docs/spec.md#mode`).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::code::ErrorCode;
use crate::error::Error;

/// Whether a run calls the provider's service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// No network, no secrets; the outputs are a pure function of the inputs.
    Mock,
    /// The provider's own service.
    Real,
}

impl Mode {
    /// `mock` or `real`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mock => "mock",
            Self::Real => "real",
        }
    }

    /// Refuses real mode under CI.
    ///
    /// # Errors
    ///
    /// `ERR_CI_SAFETY`.
    pub fn guard(self, ci: bool) -> Result<(), Error> {
        if self == Self::Mock || !ci {
            return Ok(());
        }
        Err(Error::new(
            ErrorCode::CiSafety,
            "real mode is refused while CI is set; use mode `mock`, or unset CI for this process",
        ))
    }
}

/// The text is neither `mock` nor `real`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a mode is `mock` or `real`")]
pub struct UnknownMode;

impl FromStr for Mode {
    type Err = UnknownMode;

    fn from_str(text: &str) -> Result<Self, UnknownMode> {
        match text {
            "mock" => Ok(Self::Mock),
            "real" => Ok(Self::Real),
            _ => Err(UnknownMode),
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether the value of `CI` means that this is a CI job: anything but empty, `0`, `false` or `no`.
#[must_use]
pub fn is_ci(value: Option<&std::ffi::OsStr>) -> bool {
    value.is_some_and(|value| {
        !["", "0", "false", "no"]
            .iter()
            .any(|off| value.eq_ignore_ascii_case(off))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ci_is_on_unless_it_is_plainly_off() {
        for on in ["1", "true", "TRUE", "yes", "github", " "] {
            assert!(is_ci(Some(on.as_ref())), "{on:?}");
        }
        for off in ["", "0", "false", "False", "no", "NO"] {
            assert!(!is_ci(Some(off.as_ref())), "{off:?}");
        }
        assert!(!is_ci(None));
    }
}
