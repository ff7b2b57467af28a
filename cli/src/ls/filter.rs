//! Which executions are requested.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use documents::Mode;
use documents::receipt::Status;

#[derive(Debug, Default, Args)]
pub(super) struct Filter {
    /// Only those that ended so
    #[arg(long, value_parser = PossibleValuesParser::new(["success", "error"]).map(|name| status(&name)))]
    status: Option<Status>,
    /// Only those of this processor, e.g. llm/litellm@1, of all its versions, llm/litellm, or of a namespace, llm
    #[arg(long = "ref", value_name = "REF")]
    processor_ref: Option<String>,
    /// Only those in this mode
    #[arg(long, value_parser = PossibleValuesParser::new(["mock", "real"]).try_map(|name| name.parse::<Mode>()))]
    mode: Option<Mode>,
}

impl Filter {
    /// Whether everything is.
    pub(super) const fn is_any(&self) -> bool {
        self.status.is_none() && self.processor_ref.is_none() && self.mode.is_none()
    }

    pub(super) fn matches(&self, status: Status, processor_ref: &str, mode: Option<Mode>) -> bool {
        self.status.is_none_or(|requested| requested == status)
            && self.mode.is_none_or(|requested| mode == Some(requested))
            && self
                .processor_ref
                .as_deref()
                .is_none_or(|requested| is_of(processor_ref, requested))
    }
}

/// The parser knows these two words.
fn status(name: &str) -> Status {
    if name == "success" {
        Status::Success
    } else {
        Status::Error
    }
}

/// Whole parts only: `llm/litellm@1` is not a part of `llm/litellm@12`.
fn is_of(processor_ref: &str, requested: &str) -> bool {
    processor_ref.strip_prefix(requested).is_some_and(|rest| {
        rest.is_empty() || rest.starts_with(['/', '@']) || requested.ends_with(['/', '@'])
    })
}

#[cfg(test)]
mod tests {
    use super::is_of;

    #[test]
    fn a_reference_is_requested_by_whole_parts() {
        for requested in ["llm", "llm/", "llm/litellm", "llm/litellm@", "llm/litellm@12"] {
            assert!(is_of("llm/litellm@12", requested), "{requested}");
        }
        for requested in ["l", "llm/lite", "llm/litellm@1", "litellm", "llm/litellm@123"] {
            assert!(!is_of("llm/litellm@12", requested), "{requested}");
        }
    }
}
