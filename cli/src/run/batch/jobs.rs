//! The jobs of a batch: each takes a line, runs it, and takes the next.

mod told;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use documents::envelope::Envelope;
use documents::receipt::Status;
use tokio::sync::{Notify, mpsc};

use super::ids::{Ids, LineId};
use super::line::Line;
use super::line_runs::{Batch, Prepared, Ready, State, changed};
use super::lines::Lines;
use super::report::Report;
use super::schedule::{Blocked, Item, Next, Schedule, Ticket};
use super::sent::Sent;
use super::shown::Shown;
use super::totals::Totals;
use crate::adapter::{Note, Pause};
use crate::call::Outcome;
use crate::cancel::Requested;
use crate::error::Error;
use crate::run::progress::Progress;
use crate::run::runtime;

/// Shorter pauses are not logged.
const WORTH_REPORTING: Duration = Duration::from_secs(1);

/// Runs line after line in every job, until there are no more lines, or a signal says to stop. A job has a thread of its
/// own and takes its next line itself: to be given one by another thread would leave a CPU waiting for it.
pub(super) async fn all(
    batch: &Arc<Batch>,
    (lines, ids): (Lines, Ids),
    schedule: Schedule,
    progress: &Progress,
) -> (Totals, Option<anyhow::Error>) {
    let work = Arc::new(Work {
        shown: Shown::begin(progress, ids.left()),
        batch: Arc::clone(batch),
        lines: Mutex::new((lines, ids)),
        schedule: Mutex::new(schedule),
        changed: Notify::new(),
        report: Report::new(progress, &batch.session),
    });
    let (alive, mut all_ended) = mpsc::channel::<()>(1);
    let mut threads = Vec::new();
    for _ in 0..batch.jobs {
        let (job, alive) = (Arc::clone(&work), alive.clone());
        let thread = std::thread::Builder::new().spawn(move || {
            let _alive = alive;
            match runtime::new() {
                Ok(runtime) => runtime.block_on(job.job()),
                Err(error) => job.fail(anyhow::Error::new(error).context("a job cannot begin")),
            }
        });
        match thread {
            Ok(thread) => threads.push(thread),
            Err(error) => work.fail(anyhow::Error::new(error).context("a job cannot begin")),
        }
    }
    drop(alive);
    let ended = async {
        tokio::select! {
            biased;
            _ = all_ended.recv() => {} // nothing is ever sent: it ends with the last thread
            () = work.report_interrupt() => {
                all_ended.recv().await;
            }
        }
    };
    tokio::select! {
        biased;
        () = ended => {}
        () = work.report_progress() => {}
    }
    for thread in threads {
        if thread.join().is_err() {
            work.fail(anyhow::anyhow!("a line's run broke off"));
        }
    }
    work.leave_rest();
    let totals = work.schedule().totals.clone();
    (totals, work.report.take_problem())
}

/// What the jobs of a batch share.
struct Work {
    batch: Arc<Batch>,
    /// The lines that no job has read, and their ids.
    lines: Mutex<(Lines, Ids)>,
    schedule: Mutex<Schedule>,
    /// Wakes the jobs that found nothing to do.
    changed: Notify,
    report: Report,
    shown: Shown,
}

/// A line that was just read.
struct Read {
    line: Line,
    id: LineId,
    bytes: Vec<u8>,
}

enum Step {
    Begin(Read),
    Run(Item, Ticket),
    Leave(Item),
}

impl Work {
    async fn job(self: &Arc<Self>) {
        while let Some(step) = self.next().await {
            match step {
                Step::Begin(read) => self.begin(read).await,
                Step::Run(item, ticket) => self.run_waiting(item, ticket).await,
                Step::Leave(item) => self.leave(item),
            }
            let mut schedule = self.schedule();
            schedule.running -= 1;
            let wakes = schedule.has_waiting() || schedule.is_over();
            drop(schedule);
            if wakes {
                self.changed.notify_waiters();
            }
        }
    }

    async fn next(&self) -> Option<Step> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable(); // before the schedule is read, so that no change is missed
            if self.is_stopped() {
                return None;
            }
            let next = self.schedule().next(Instant::now());
            let until = match next {
                Next::Run(item, ticket) => return Some(Step::Run(item, ticket)),
                Next::Leave(item) => return Some(Step::Leave(item)),
                Next::Read => match self.read() {
                    Some(read) => return Some(Step::Begin(read)),
                    None => {
                        self.changed.notify_waiters();
                        continue;
                    }
                },
                Next::Wait(until) => until,
                Next::End => {
                    self.changed.notify_waiters();
                    return None;
                }
            };
            tokio::select! {
                biased;
                _ = self.batch.cancel.beyond(Requested::default()) => return None,
                () = changed => {}
                () = runtime::wait_until(until) => {}
            }
        }
    }

    /// The next line, which this job has from then on.
    fn read(&self) -> Option<Read> {
        let mut lines = self.lines();
        let (lines, ids) = &mut *lines;
        let read = match lines.next() {
            Ok(read) => read.map(|(line, bytes)| (line, bytes, ids.next())),
            Err(error) => {
                self.fail(error.into());
                return None;
            }
        };
        let mut schedule = self.schedule();
        match read {
            Some((line, bytes, Some(id))) => {
                schedule.running += 1;
                Some(Read { line, id, bytes })
            }
            // what comes after the last line of the first pass was added since
            Some((.., None)) | None if ids.left() == 0 => {
                schedule.is_read = true;
                None
            }
            Some((.., None)) | None => {
                drop(schedule);
                self.fail(changed().into());
                None
            }
        }
    }

    /// A line that was just read.
    async fn begin(self: &Arc<Self>, read: Read) {
        let Read { line, id, bytes } = read;
        let Prepared { label, state } = self.batch.prepare(id, &bytes);
        let item = Item {
            line,
            id,
            label,
            attempts: 0,
            last: None,
        };
        match state {
            State::Ready(ready) if self.has_to_wait(&ready) => {
                self.schedule().put_last(item, ready.service, Instant::now());
            }
            State::Ready(ready) => {
                if let Some((item, ticket)) = self.admit(item, &ready).await {
                    self.run(item, ready, ticket).await;
                }
            }
            State::Done(envelope, is_saved) => self.done_before(&item, &envelope, is_saved),
            State::Unfit(ready, error) => self.unfit(item, &ready, &error),
            State::Refused(outcome) | State::Changed(outcome) => self.failed(&item, &outcome),
        }
    }

    /// Whether a line comes after those that were never begun: where failures are bounded, those of an earlier call would end each
    /// further call at the same lines.
    fn has_to_wait(&self, ready: &Ready) -> bool {
        let is_bounded = self.schedule().hold.is_bounded();
        let ended = || store::status(self.batch.plan.store(), &ready.call.execution_id);
        is_bounded && ended() == Some(Status::Error)
    }

    /// Waits until the line may start; else parks or leaves it.
    async fn admit(&self, item: Item, ready: &Ready) -> Option<(Item, Ticket)> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable(); // before the schedule is read, as above
            if self.is_stopped() {
                self.leave(item);
                return None;
            }
            let until = {
                let mut schedule = self.schedule();
                match schedule.start(&ready.service, Instant::now()) {
                    Ok(ticket) => return Some((item, ticket)),
                    Err(Blocked::Provider(_)) => {
                        schedule.park(item, ready.service.clone());
                        return None;
                    }
                    Err(Blocked::Everyone(until)) => until,
                }
            };
            if until.is_none() {
                self.leave(item);
                return None;
            }
            tokio::select! {
                _ = self.batch.cancel.beyond(Requested::default()) => {}
                () = changed => {}
                () = runtime::wait_until(until) => {}
            }
        }
    }

    /// Whether no new line is begun any more.
    fn is_stopped(&self) -> bool {
        self.report.has_problem() || self.batch.cancel.requested() != Requested::default()
    }

    /// A line that was put aside, or failed before.
    async fn run_waiting(self: &Arc<Self>, item: Item, ticket: Ticket) {
        let Line { offset, length, .. } = item.line;
        let bytes = self.batch.file.read(offset, length).unwrap_or_default(); // cut off since: another line
        match self.batch.prepare(item.id, &bytes).state {
            State::Ready(ready) => self.run(item, ready, ticket).await,
            State::Done(envelope, is_saved) => self.done_before(&item, &envelope, is_saved),
            // another document than the one that failed is there now: that one's failure stands
            State::Changed(_) if item.last.is_some() => self.leave(item),
            State::Unfit(ready, error) => self.unfit(item, &ready, &error),
            State::Refused(outcome) | State::Changed(outcome) => self.failed(&item, &outcome),
        }
    }

    async fn run(self: &Arc<Self>, item: Item, ready: Ready, ticket: Ticket) {
        let ticket = Arc::new(ticket);
        let sent = Arc::new(Sent::default());
        let on_note = {
            let (work, ticket, dispatch) = (Arc::clone(self), Arc::clone(&ticket), ready.dispatch.clone());
            let sent = Arc::clone(&sent);
            move |note: Note| match note {
                Note::Pause(pause) => {
                    tracing::dispatcher::with_default(&dispatch, || work.pause(&ticket, &pause));
                }
                Note::Request | Note::EarlierAttempt => sent.take(&note),
                Note::Progress(_) => {}
            }
        };
        self.schedule().under_way += 1;
        let outcome = self.batch.run(&ready, Box::new(on_note)).await;
        let is_saved = self.batch.save(&ready, &outcome.envelope);
        let mut schedule = self.schedule();
        schedule.under_way -= 1;
        schedule.totals.add_sent(item.line.number, &sent);
        drop(schedule);
        let ended = self
            .schedule()
            .end(item, &ticket, ready.call.mode, outcome, Instant::now());
        self.report_hold();
        if let Some((item, outcome)) = ended {
            self.count_save(is_saved);
            self.print(&item, &outcome.envelope, outcome.is_earlier);
        }
    }

    /// Takes a pause that a run reports.
    fn pause(&self, ticket: &Ticket, pause: &Pause) {
        let now = Instant::now();
        let held = self.schedule().pause(ticket, pause, now);
        self.changed.notify_waiters();
        let Some((provider, until)) = held else { return };
        let length = until.saturating_duration_since(now);
        if length >= WORTH_REPORTING {
            let pause_ms = length.as_millis();
            tracing::info!(provider = &*provider, pause_ms, "batch_held");
        }
        self.show();
    }

    /// A line that was done before this call.
    fn done_before(&self, item: &Item, envelope: &Envelope, is_saved: bool) {
        self.schedule().totals.end_before(envelope);
        self.count_save(is_saved);
        self.print(item, envelope, true);
    }

    /// A line that failed without a run of its own.
    fn failed(&self, item: &Item, outcome: &Outcome) {
        self.schedule().failed(item.line.number, outcome);
        self.report_hold();
        self.print(item, &outcome.envelope, false);
    }

    /// A line that may not run, which is recorded as long as lines are begun.
    fn unfit(&self, item: Item, ready: &Ready, error: &Error) {
        if self.schedule().is_closed() {
            self.leave(item);
        } else {
            self.failed(&item, &self.batch.refuse(ready, error));
        }
    }

    /// A line that is not run any more.
    fn leave(&self, item: Item) {
        self.schedule().leave(&item);
        self.report_hold();
        match &item.last {
            Some(last) => self.print(&item, &last.envelope, false),
            None => self.show(),
        }
    }

    fn count_save(&self, is_saved: bool) {
        self.schedule().totals.not_saved += u64::from(!is_saved);
    }

    /// What no job has begun, or begun again.
    fn leave_rest(&self) {
        while let Some(item) = { self.schedule().pop() } {
            self.leave(item);
        }
        let left = self.lines().1.left();
        self.schedule().totals.left += left as u64;
    }

    /// Begins no new line.
    fn fail(&self, problem: anyhow::Error) {
        self.report.problem(problem);
        self.changed.notify_waiters();
    }

    fn schedule(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lines(&self) -> MutexGuard<'_, (Lines, Ids)> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
