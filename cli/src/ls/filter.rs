//! Which executions are requested.

use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use documents::Mode;

use super::row::{Row, is_time};
use crate::batch_lines::is_line_of;
use crate::state::State;

#[derive(Debug, Default, Args)]
pub(super) struct Filter {
    /// Only those that stand so
    #[arg(long, value_parser = PossibleValuesParser::new(State::ALL.map(State::name)).map(|name| state(&name)))]
    status: Option<State>,
    /// Only those of this processor, e.g. llm/litellm@1, of all its versions, llm/litellm, or of a namespace, llm
    #[arg(long = "ref", value_name = "REF")]
    processor_ref: Option<String>,
    /// Only those in this mode
    #[arg(long, value_parser = PossibleValuesParser::new(["mock", "real"]).try_map(|name| name.parse::<Mode>()))]
    mode: Option<Mode>,
    /// Only the lines of this batch
    #[arg(long, value_name = "NAME")]
    batch: Option<String>,
    /// Only those that were run with this --plan-id
    #[arg(long, value_name = "ID")]
    plan_id: Option<String>,
    /// Only those that ended since: so long ago, such as 2h or 1d, or a time such as 2026-11-24T01:02:03Z. Runs whose time is
    /// not known are among them
    #[arg(long, value_name = "AGO|TIME", value_parser = since)]
    since: Option<String>,
}

impl Filter {
    /// Whether everything is.
    pub(super) const fn is_any(&self) -> bool {
        self.status.is_none()
            && self.processor_ref.is_none()
            && self.mode.is_none()
            && self.batch.is_none()
            && self.plan_id.is_none()
            && self.since.is_none()
    }

    /// Whether an execution may be requested, by its id alone.
    pub(super) fn matches_id(&self, id: &str) -> bool {
        self.batch.as_deref().is_none_or(|batch| is_line_of(id, batch))
    }

    /// Whether an execution is requested whose id may be.
    pub(super) fn matches(&self, row: &Row) -> bool {
        let known = |requested: Option<&str>, known: Option<&str>, is: fn(&str, &str) -> bool| {
            requested.is_none_or(|requested| known.is_some_and(|known| is(known, requested)))
        };
        let since = self.since.as_deref();
        self.status.is_none_or(|requested| requested == row.status)
            && self.mode.is_none_or(|requested| row.mode == Some(requested))
            && known(self.processor_ref.as_deref(), row.processor_ref.as_deref(), is_of)
            && known(self.plan_id.as_deref(), row.plan_id.as_deref(), |one, other| {
                one == other
            })
            && since.is_none_or(|since| row.time.as_deref().is_none_or(|time| time >= since))
    }
}

/// The parser knows these words.
fn state(name: &str) -> State {
    let known = State::ALL.into_iter().find(|state| state.name() == name);
    known.unwrap_or(State::Error)
}

/// The time, as receipts have it.
fn since(text: &str) -> Result<String, String> {
    if is_time(text) {
        return Ok(text.to_owned());
    }
    humantime::parse_duration(text)
        .ok()
        // nothing is older than that, and no time before it can be written
        .map(|ago| {
            SystemTime::now()
                .checked_sub(ago)
                .map_or(UNIX_EPOCH, |time| time.max(UNIX_EPOCH))
        })
        .map(|time| humantime::format_rfc3339_seconds(time).to_string())
        .ok_or_else(|| {
            "it is a duration such as 30m, 2h or 1d, or a time such as 2026-11-24T01:02:03Z".into()
        })
}

/// Whole parts only: `llm/litellm@1` is not a part of `llm/litellm@12`.
fn is_of(processor_ref: &str, requested: &str) -> bool {
    processor_ref.strip_prefix(requested).is_some_and(|rest| {
        rest.is_empty() || rest.starts_with(['/', '@']) || requested.ends_with(['/', '@'])
    })
}

#[cfg(test)]
mod tests {
    use super::{is_of, since};

    #[test]
    fn nothing_is_older_than_the_epoch() {
        for ago in ["30000d", "99999999d", "1000years"] {
            assert_eq!(since(ago).unwrap(), "1970-01-01T00:00:00Z", "{ago}");
        }
        assert_eq!(since("2026-11-24T01:02:03Z").unwrap(), "2026-11-24T01:02:03Z");
        since("yesterday").unwrap_err();
    }

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
