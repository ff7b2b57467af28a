//! What the jobs print and report.

use documents::envelope::Envelope;

use super::Work;
use crate::cancel::Requested;
use crate::run::batch::result::LineResult;
use crate::run::batch::schedule::Item;

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
            let running = self.schedule().running;
            self.report.interrupt(running);
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
        if let Err(error) = result.print(&self.batch.session) {
            self.fail(anyhow::Error::new(error).context(NOT_PRINTED)); // what runs goes on to its end
        }
    }

    /// Shows how far the batch is.
    pub(super) fn show(&self) {
        self.shown.progress(&self.schedule());
    }
}
