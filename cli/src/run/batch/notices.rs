//! What people have to know before the first line is run.

use super::dry_run;
use super::sums::Sums;
use crate::quantity::{grouped, usd};
use crate::run::options::Run;

/// That the processor gave no estimates, and that the lines may cost more than `--max-cost`. Both stop nothing: an estimate is the
/// most that lines can cost, and `--max-cost` bounds what they do cost.
pub(super) fn of(sums: &Sums, run: &Run) -> Vec<String> {
    let mut notices = Vec::new();
    if let Some(why) = &sums.not_asked {
        notices.push(format!("{why}; the batch goes on without them"));
    }
    if let Some(max) = run.max_cost.filter(|max| sums.cost_usd_at_most > *max) {
        notices.push(format!(
            "the {} lines that are left cost {}; --max-cost {max} stops them after {} USD",
            grouped(sums.left()),
            dry_run::cost(sums),
            usd(max)
        ));
    }
    notices
}
