//! The jobs of a batch: each takes a line, runs it, and takes the next.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use documents::ErrorCode;
use tokio::sync::{Notify, mpsc};
use tokio::time::sleep_until;

use super::line_runs::{Batch, Prepared, Ready};
use super::lines::{Line, Lines, Source};
use super::schedule::{Blocked, Item, Next, Schedule, Ticket};
use super::totals::Totals;
use crate::adapter::Pause;
use crate::call::Outcome;
use crate::cancel::Requested;
use crate::error::Error;
use crate::printable::Printable;
use crate::run::progress::Progress;
use crate::run::runtime;

/// Shorter pauses are not logged.
const WORTH_REPORTING: Duration = Duration::from_secs(1);

/// Runs line after line in every job, until there are no more lines, or a signal says to stop. A job has a thread of its
/// own and takes its next line itself: to be given one by another thread would leave a CPU waiting for it.
pub(super) async fn all(
    batch: &Arc<Batch>,
    lines: Lines,
    schedule: Schedule,
    jobs: usize,
    progress: &Progress,
) -> (Totals, Option<anyhow::Error>) {
    let work = Arc::new(Work {
        batch: Arc::clone(batch),
        lines: tokio::sync::Mutex::new(lines.into_source()),
        schedule: Mutex::new(schedule),
        changed: Notify::new(),
        problem: Mutex::default(),
        progress: progress.clone(),
    });
    let (alive, mut all_ended) = mpsc::channel::<()>(1);
    let mut threads = Vec::new();
    for _ in 0..jobs {
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
    all_ended.recv().await; // nothing is ever sent: it ends with the last thread
    for thread in threads {
        if thread.join().is_err() {
            work.fail(anyhow::anyhow!("a line's run broke off"));
        }
    }
    work.leave_rest().await;
    let totals = work.schedule().totals.clone();
    let problem = work.problem().take();
    (totals, problem)
}

/// What the jobs of a batch share.
struct Work {
    batch: Arc<Batch>,
    lines: tokio::sync::Mutex<Source>,
    schedule: Mutex<Schedule>,
    /// Wakes the jobs that found nothing to do.
    changed: Notify,
    /// The first error that is in no line's envelope: no line is begun after it.
    problem: Mutex<Option<anyhow::Error>>,
    progress: Progress,
}

enum Step {
    Begin(Line),
    Run(Item, Ticket),
    Leave(Item),
}

impl Work {
    async fn job(self: &Arc<Self>) {
        while let Some(step) = self.next().await {
            match step {
                Step::Begin(line) => self.begin(line).await,
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
        let mut is_idle = false;
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable(); // before the schedule is read, so that no change is missed
            if self.is_stopped() {
                return None;
            }
            let next = self.schedule().next(Instant::now(), is_idle);
            is_idle = false;
            let (reads, until) = match next {
                Next::Run(item, ticket) => return Some(Step::Run(item, ticket)),
                Next::Leave(item) => return Some(Step::Leave(item)),
                Next::Read(until) => (true, until),
                Next::Wait(until) => (false, until),
                Next::End => {
                    self.changed.notify_waiters();
                    return None;
                }
            };
            tokio::select! {
                biased;
                _ = self.batch.cancel.beyond(Requested::default()) => return None,
                line = self.read(), if reads => match line {
                    Some(line) => return Some(Step::Begin(line)),
                    None => self.changed.notify_waiters(),
                },
                () = changed => {}
                () = at(until) => is_idle = true,
            }
        }
    }

    /// The next line of the source, which this job has from then on.
    async fn read(&self) -> Option<Line> {
        let mut lines = self.lines.lock().await;
        let line = lines.next().await;
        let mut schedule = self.schedule();
        match line {
            Some(Ok(line)) => {
                schedule.running += 1;
                return Some(line);
            }
            Some(Err(error)) => {
                drop(schedule);
                self.fail(anyhow::Error::new(error).context("the batch cannot be read any further"));
            }
            None => schedule.is_read = true,
        }
        None
    }

    /// A line that was just read.
    async fn begin(self: &Arc<Self>, line: Line) {
        let Line {
            number,
            document,
            source,
        } = line;
        let item = Item {
            number,
            source,
            attempts: 0,
            last: None,
        };
        if !self.batch.resume && self.schedule().budget.is_spent() {
            return self.leave(item);
        }
        let ready = match self.batch.prepare(number, document) {
            Prepared::Ready(ready) => ready,
            Prepared::Ended(outcome, is_saved) => return self.ended(outcome, is_saved),
        };
        if let Some((item, ticket)) = self.admit(item, &ready).await {
            self.run(item, ready, ticket).await;
        }
    }

    /// Waits until the line may start; else parks or leaves it.
    async fn admit(&self, item: Item, ready: &Ready) -> Option<(Item, Ticket)> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable(); // before the schedule is read, as above
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
            let is_over = until.is_none() || self.is_stopped() || {
                tokio::select! {
                    _ = self.batch.cancel.beyond(Requested::default()) => {}
                    () = changed => {}
                    () = at(until) => {}
                }
                self.is_stopped()
            };
            if is_over {
                self.leave(item);
                return None;
            }
        }
    }

    /// Whether no new line is begun any more.
    fn is_stopped(&self) -> bool {
        self.problem().is_some() || self.batch.cancel.requested() != Requested::default()
    }

    /// A line that was put aside, or failed before.
    async fn run_waiting(self: &Arc<Self>, item: Item, ticket: Ticket) {
        let read = item.source.read().map_err(|_| changed_meanwhile());
        match self.batch.prepare(item.number, read) {
            Prepared::Ready(ready) if item.last.as_ref().is_none_or(|last| last.is_of(&ready.call)) => {
                self.run(item, ready, ticket).await;
            }
            // another document than the one that failed is there now: that one's failure stands
            Prepared::Ready(_) => self.leave(item),
            Prepared::Ended(..) if item.last.as_ref().is_some_and(|_| !self.batch.resume) => self.leave(item),
            Prepared::Ended(outcome, is_saved) => self.ended(outcome, is_saved),
        }
    }

    async fn run(self: &Arc<Self>, item: Item, ready: Ready, ticket: Ticket) {
        let ticket = Arc::new(ticket);
        let on_pause = {
            let (work, ticket, dispatch) = (Arc::clone(self), Arc::clone(&ticket), ready.dispatch.clone());
            move |pause: Pause| {
                tracing::dispatcher::with_default(&dispatch, || work.pause(&ticket, &pause));
            }
        };
        let outcome = self.batch.run(&ready, Box::new(on_pause)).await;
        let is_saved = self.batch.save(&ready, &outcome.envelope);
        let ended = self
            .schedule()
            .end(item, &ticket, ready.call.mode, outcome, Instant::now());
        if ended.is_some() {
            self.print(ended.as_ref(), is_saved);
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

    /// A line that ended without a run of its own.
    fn ended(&self, outcome: Option<Outcome>, is_saved: bool) {
        {
            let mut schedule = self.schedule();
            match &outcome {
                Some(outcome) => schedule.totals.end(outcome),
                None => schedule.totals.done_before += 1,
            }
        }
        self.print(outcome.as_ref(), is_saved);
    }

    /// A line that is not run any more.
    fn leave(&self, item: Item) {
        let last = self.schedule().leave(item);
        self.print(last.as_ref(), true);
    }

    fn print(&self, outcome: Option<&Outcome>, is_saved: bool) {
        if !is_saved {
            self.schedule().totals.not_saved += 1;
        }
        self.show();
        if let Err(error) = outcome.map_or(Ok(()), |outcome| outcome.print(&self.batch.session)) {
            self.fail(error.into()); // what runs goes on to its end
        }
    }

    /// Shows how far the batch is.
    fn show(&self) {
        let schedule = self.schedule();
        let now = Instant::now();
        self.progress.waits_for(std::fmt::from_fn(|f| {
            write!(f, "{}", schedule.totals)?;
            let Some((provider, until)) = schedule.held(now) else {
                return Ok(());
            };
            let provider = if provider.is_empty() {
                "the provider"
            } else {
                provider
            };
            let at = SystemTime::now() + until.saturating_duration_since(now);
            let at = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            let (hours, minutes, seconds) = (at / 3_600 % 24, at / 60 % 60, at % 60);
            let provider = Printable(provider);
            write!(
                f,
                "; {provider} is asked nothing new until {hours:02}:{minutes:02}:{seconds:02} UTC"
            )
        }));
    }

    /// What no job has begun, or begun again.
    async fn leave_rest(&self) {
        while let Some(item) = { self.schedule().pop() } {
            self.leave(item);
        }
        let mut lines = self.lines.lock().await;
        if !self.schedule().is_read
            && let Ok(rest) = lines.count_rest()
        {
            self.schedule().totals.not_started += rest;
        }
    }

    /// Begins no new line.
    fn fail(&self, problem: anyhow::Error) {
        self.problem().get_or_insert(problem);
        self.changed.notify_waiters();
    }

    fn schedule(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn problem(&self) -> MutexGuard<'_, Option<anyhow::Error>> {
        self.problem.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until then; where there is no time, for ever.
async fn at(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until.into()).await,
        None => std::future::pending().await,
    }
}

fn changed_meanwhile() -> Error {
    Error::new(
        ErrorCode::Inputs,
        "the batch's file changed while its lines were run",
    )
    .hint("run it again with --resume")
}
