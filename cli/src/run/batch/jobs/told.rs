//! What the jobs print and report.

use std::time::Duration;

use documents::envelope::Envelope;
use tokio::time::{MissedTickBehavior, interval};

use super::Work;
use crate::cancel::Requested;
use crate::run::batch::result::LineResult;
use crate::run::batch::schedule::Item;

/// How often the bar moves where no line ends.
const SECOND: Duration = Duration::from_secs(1);
/// After how many of them there is a line of progress where no bar shows it: a short batch has none.
const FIRST: u64 = 2;
/// After how many there is another one.
const EACH: u64 = 10;
const NOT_PRINTED: &str = "the results cannot be written";

impl Work {
    /// Reports a failure that holds the lines which are not begun.
    pub(super) fn report_hold(&self) {
        let Some(cause) = ({ self.schedule().hold.unreported() }) else {
            return;
        };
        self.report.line(cause);
        self.changed.notify_waiters();
    }

    /// Waits for a first Ctrl-C, and reports what it does.
    pub(super) async fn report_interrupt(&self) {
        let requested = self.batch.cancel.beyond(Requested::default()).await;
        if requested.signal.is_none() {
            let running = self.schedule().under_way;
            self.report.interrupt(running);
        }
    }

    /// Shows how far the batch is from time to time. Never ends.
    pub(super) async fn report_progress(&self) {
        let mut ticks = interval(SECOND); // of the monotonic clock
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        for second in 0_u64.. {
            ticks.tick().await;
            self.show();
            if second == FIRST || (second > 0 && second.is_multiple_of(EACH)) {
                let totals = self.schedule().totals.clone();
                self.shown.line(&totals, &self.batch);
            }
        }
    }

    pub(super) fn print(&self, item: &Item, envelope: &Envelope, before: bool) {
        self.show();
        self.shown.failure(item, envelope, &self.batch.session);
        let result = LineResult {
            envelope,
            line: item.line.number,
            label: item.label.as_deref(),
            before,
        };
        let session = &self.batch.session;
        let printed = if session.stdout.is_terminal {
            self.shown.beside(|| result.print(session))
        } else {
            result.print(session)
        };
        if let Err(error) = printed {
            self.fail(anyhow::Error::new(error).context(NOT_PRINTED)); // what runs goes on to its end
        }
    }

    /// Shows how far the batch is.
    pub(super) fn show(&self) {
        self.shown.progress(&self.schedule());
    }
}
