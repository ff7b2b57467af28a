//! Which executions are asked for.

use clap::{Args, ValueEnum};
use documents::Mode;
use documents::receipt::Status;

#[derive(Debug, Default, Args)]
pub(super) struct Filter {
    /// Only those that ended so
    #[arg(long, value_enum)]
    status: Option<Ended>,
    /// Only those of this processor, e.g. llm/litellm@1, of all its versions, llm/litellm, or of a namespace, llm
    #[arg(long = "ref", value_name = "REF")]
    processor_ref: Option<String>,
    /// Only those in this mode
    #[arg(long, value_enum)]
    mode: Option<Ran>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Ended {
    Success,
    Error,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Ran {
    Mock,
    Real,
}

impl Filter {
    /// Whether everything is asked for.
    pub(super) const fn is_any(&self) -> bool {
        self.status.is_none() && self.processor_ref.is_none() && self.mode.is_none()
    }

    pub(super) fn takes(&self, status: Status, processor_ref: &str, mode: Option<Mode>) -> bool {
        let ended = self.status.is_none_or(|ended| match ended {
            Ended::Success => status == Status::Success,
            Ended::Error => status == Status::Error,
        });
        let ran = self.mode.is_none_or(|ran| match ran {
            Ran::Mock => mode == Some(Mode::Mock),
            Ran::Real => mode == Some(Mode::Real),
        });
        let asked = self.processor_ref.as_deref();
        ended && ran && asked.is_none_or(|asked| is_of(processor_ref, asked))
    }
}

/// Whole parts only: `llm/litellm@1` is not a part of `llm/litellm@12`.
fn is_of(processor_ref: &str, asked: &str) -> bool {
    processor_ref
        .strip_prefix(asked)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '@']) || asked.ends_with(['/', '@']))
}

#[cfg(test)]
mod tests {
    use super::is_of;

    #[test]
    fn a_reference_is_asked_for_by_whole_parts() {
        for asked in ["llm", "llm/", "llm/litellm", "llm/litellm@", "llm/litellm@12"] {
            assert!(is_of("llm/litellm@12", asked), "{asked}");
        }
        for asked in ["l", "llm/lite", "llm/litellm@1", "litellm", "llm/litellm@123"] {
            assert!(!is_of("llm/litellm@12", asked), "{asked}");
        }
    }
}
