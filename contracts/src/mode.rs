//! The two modes, and the guard that keeps real ones out of CI.

use serde::{Deserialize, Serialize};

use crate::error::{ErrorCode, ProcessorError};

/// Whether a run calls the provider's service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

    /// Reads `mock` or `real`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "mock" => Some(Self::Mock),
            "real" => Some(Self::Real),
            _ => None,
        }
    }

    /// Refuses real mode under CI.
    pub fn guard(self, ci: bool) -> Result<(), ProcessorError> {
        match self {
            Self::Real if ci => Err(ProcessorError::new(
                ErrorCode::CiSafety,
                "real mode is refused while CI is set; use mode `mock`, or unset CI for this process",
            )),
            Self::Real | Self::Mock => Ok(()),
        }
    }
}

/// Whether the value of `CI` means that this is a CI job: anything but empty, `0`, `false` or `no`.
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
