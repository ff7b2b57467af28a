//! Which executions are wanted for.

use clap::{Args, ValueEnum};
use documents::Mode;
use documents::receipt::Status;

#[derive(Debug, Default, Args)]
pub(super) struct Filter {
    /// Only those that ended so
    #[arg(long, value_enum)]
    status: Option<StatusFilter>,
    /// Only those of this processor, e.g. llm/litellm@1, of all its versions, llm/litellm, or of a namespace, llm
    #[arg(long = "ref", value_name = "REF")]
    processor_ref: Option<String>,
    /// Only those in this mode
    #[arg(long, value_enum)]
    mode: Option<ModeFilter>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum StatusFilter {
    Success,
    Error,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ModeFilter {
    Mock,
    Real,
}

impl Filter {
    /// Whether everything is wanted for.
    pub(super) const fn is_any(&self) -> bool {
        self.status.is_none() && self.processor_ref.is_none() && self.mode.is_none()
    }

    pub(super) fn matches(&self, status: Status, processor_ref: &str, mode: Option<Mode>) -> bool {
        let ended = self.status.is_none_or(|ended| match ended {
            StatusFilter::Success => status == Status::Success,
            StatusFilter::Error => status == Status::Error,
        });
        let ran = self.mode.is_none_or(|ran| match ran {
            ModeFilter::Mock => mode == Some(Mode::Mock),
            ModeFilter::Real => mode == Some(Mode::Real),
        });
        let wanted = self.processor_ref.as_deref();
        ended && ran && wanted.is_none_or(|wanted| is_of(processor_ref, wanted))
    }
}

/// Whole parts only: `llm/litellm@1` is not a part of `llm/litellm@12`.
fn is_of(processor_ref: &str, wanted: &str) -> bool {
    processor_ref
        .strip_prefix(wanted)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '@']) || wanted.ends_with(['/', '@']))
}

#[cfg(test)]
mod tests {
    use super::is_of;

    #[test]
    fn a_reference_is_wanted_for_by_whole_parts() {
        for wanted in ["llm", "llm/", "llm/litellm", "llm/litellm@", "llm/litellm@12"] {
            assert!(is_of("llm/litellm@12", wanted), "{wanted}");
        }
        for wanted in ["l", "llm/lite", "llm/litellm@1", "litellm", "llm/litellm@123"] {
            assert!(!is_of("llm/litellm@12", wanted), "{wanted}");
        }
    }
}
