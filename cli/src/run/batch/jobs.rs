//! The jobs of a batch: each takes a line, runs it, and takes the next.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::{Notify, mpsc, watch};
use tokio::time::sleep_until;

use super::super::progress::Progress;
use super::super::runtime;
use super::board::{Board, Closed, Item, Take, Ticket};
use super::lines::{Line, Lines, Source};
use super::tally::Tally;
use super::{Batch, Prepared, Ready};
use crate::adapter::{Asked, Pause};
use crate::call::Outcome;

/// Holds that are shorter than this are not worth a word.
const WORTH_TELLING: Duration = Duration::from_secs(1);

/// Runs line after line in every job, until there are no more lines, or a signal says to stop. A job has a thread of its
/// own and takes its next line itself: to be given one by another thread would leave a CPU waiting for it.
pub(super) async fn all(
    batch: &Arc<Batch>,
    lines: Lines,
    board: Board,
    jobs: usize,
    progress: &Progress,
) -> (Tally, Option<anyhow::Error>) {
    let (over, _) = watch::channel(false);
    let work = Arc::new(Work {
        batch: Arc::clone(batch),
        lines: tokio::sync::Mutex::new(lines.into_source()),
        board: Mutex::new(board),
        changed: Notify::new(),
        over,
        problem: Mutex::default(),
        progress: progress.clone(),
    });
    let (alive, mut all_ended) = mpsc::channel::<()>(1);
    let mut threads = Vec::new();
    for _ in 0..jobs {
        let (job, alive) = (Arc::clone(&work), alive.clone());
        let thread = std::thread::Builder::new().spawn(move || {
            let _alive = alive;
            match runtime() {
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
    let tally = work.board().tally.clone();
    let problem = work.problem().take();
    (tally, problem)
}

/// What the jobs of a batch share.
struct Work {
    batch: Arc<Batch>,
    lines: tokio::sync::Mutex<Source>,
    board: Mutex<Board>,
    /// Wakes the jobs that found nothing to do.
    changed: Notify,
    /// Whether no new line is begun any more.
    over: watch::Sender<bool>,
    /// The first thing that no line's envelope tells.
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
            let mut board = self.board();
            board.running -= 1;
            let wakes = board.has_waiting() || board.is_over();
            drop(board);
            if wakes {
                self.changed.notify_waiters();
            }
        }
    }

    async fn next(&self) -> Option<Step> {
        let mut over = self.over.subscribe();
        let mut is_idle = false;
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable(); // before the board is looked at: what changes it then is not missed
            if *over.borrow() || self.batch.cancel.asked() != Asked::default() {
                return None;
            }
            let taken = self.board().take(Instant::now(), is_idle);
            is_idle = false;
            let (reads, until) = match taken {
                Take::Run(item, ticket) => return Some(Step::Run(item, ticket)),
                Take::Leave(item) => return Some(Step::Leave(item)),
                Take::Read(until) => (true, until),
                Take::Wait(until) => (false, until),
                Take::End => {
                    self.changed.notify_waiters();
                    return None;
                }
            };
            tokio::select! {
                biased;
                _ = over.wait_for(|over| *over) => return None,
                _ = self.batch.cancel.beyond(Asked::default()) => return None,
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
        let mut board = self.board();
        match line {
            Some(Ok(line)) => {
                board.running += 1;
                return Some(line);
            }
            Some(Err(error)) => {
                drop(board);
                self.fail(anyhow::Error::new(error).context("the batch cannot be read any further"));
            }
            None => board.is_read = true,
        }
        None
    }

    /// A line that was just read.
    async fn begin(self: &Arc<Self>, line: Line) {
        let Line {
            number,
            document,
            place,
        } = line;
        let item = Item {
            number,
            place,
            attempts: 0,
            last: None,
        };
        if !self.batch.resume && self.board().budget.is_spent() {
            return self.leave(item);
        }
        let ready = match self.batch.prepare(number, document) {
            Prepared::Ready(ready) => ready,
            Prepared::Ended(outcome, is_saved) => return self.tell(outcome, is_saved),
        };
        if let Some((item, ticket)) = self.admit(item, &ready).await {
            self.run(item, ready, ticket).await;
        }
    }

    /// Waits until the line may start; else parks or leaves it.
    async fn admit(&self, item: Item, ready: &Ready) -> Option<(Item, Ticket)> {
        let mut over = self.over.subscribe();
        loop {
            let until = {
                let mut board = self.board();
                match board.start(&ready.service, Instant::now()) {
                    Ok(ticket) => return Some((item, ticket)),
                    Err(Closed::Provider(_)) => {
                        board.park(item, ready.service.clone());
                        return None;
                    }
                    Err(Closed::Everyone(until)) => Some(until),
                    Err(Closed::Spent) => None,
                }
            };
            if until.is_none() {
                self.leave(item);
                return None;
            }
            let is_over = tokio::select! {
                biased;
                _ = over.wait_for(|over| *over) => true,
                _ = self.batch.cancel.beyond(Asked::default()) => true,
                () = at(until) => false,
            };
            if is_over {
                self.leave(item);
                return None;
            }
        }
    }

    /// A line that was put aside, or failed before.
    async fn run_waiting(self: &Arc<Self>, item: Item, ticket: Ticket) {
        let read = item.place.read().map_err(|_| changed_meanwhile());
        match self.batch.prepare(item.number, read) {
            Prepared::Ready(ready) if item.last.as_ref().is_none_or(|last| last.is_of(&ready.call)) => {
                self.run(item, ready, ticket).await;
            }
            // another document than the one that failed is there now: that one's failure stands
            Prepared::Ready(_) => self.leave(item),
            Prepared::Ended(..) if item.last.as_ref().is_some_and(|_| !self.batch.resume) => self.leave(item),
            Prepared::Ended(outcome, is_saved) => self.tell(outcome, is_saved),
        }
    }

    async fn run(self: &Arc<Self>, item: Item, ready: Ready, ticket: Ticket) {
        let ticket = Arc::new(ticket);
        let heard = {
            let (work, ticket, dispatch) = (Arc::clone(self), Arc::clone(&ticket), ready.dispatch.clone());
            move |pause: Pause| {
                tracing::dispatcher::with_default(&dispatch, || work.hear(&ticket, &pause));
            }
        };
        let outcome = self.batch.run(&ready, Box::new(heard)).await;
        let is_saved = self.batch.save(&ready, &outcome.envelope);
        let ended = self.board().end(item, &ticket, outcome, Instant::now());
        if ended.is_some() {
            self.print(ended.as_ref(), is_saved);
        }
    }

    /// Takes a pause that a run tells.
    fn hear(&self, ticket: &Ticket, pause: &Pause) {
        let now = Instant::now();
        let held = self.board().hear(ticket, pause, now);
        self.changed.notify_waiters();
        let Some((provider, until)) = held else { return };
        let length = until.saturating_duration_since(now);
        if length >= WORTH_TELLING {
            let pause_ms = length.as_millis();
            tracing::info!(provider = &*provider, pause_ms, "batch_held");
        }
        self.show();
    }

    /// A line that ended without a run of its own.
    fn tell(&self, outcome: Option<Outcome>, is_saved: bool) {
        {
            let mut board = self.board();
            match &outcome {
                Some(outcome) => board.tally.end(outcome),
                None => board.tally.done_before += 1,
            }
        }
        self.print(outcome.as_ref(), is_saved);
    }

    /// A line that is not run any more.
    fn leave(&self, item: Item) {
        let last = self.board().leave(item);
        self.print(last.as_ref(), true);
    }

    fn print(&self, outcome: Option<&Outcome>, is_saved: bool) {
        if !is_saved {
            self.board().tally.not_saved += 1;
        }
        self.show();
        if let Err(error) = outcome.map_or(Ok(()), Outcome::print) {
            self.fail(error.into()); // what runs is waited for
        }
    }

    /// Tells people how far it is.
    fn show(&self) {
        self.progress.waits_for(Shown(&self.board));
    }

    /// What no job has begun, or begun again.
    async fn leave_rest(&self) {
        while let Some(item) = { self.board().pop() } {
            self.leave(item);
        }
        let mut lines = self.lines.lock().await;
        if !self.board().is_read
            && let Ok(rest) = lines.count_rest()
        {
            self.board().tally.not_started += rest;
        }
    }

    /// Begins no new line.
    fn fail(&self, problem: anyhow::Error) {
        self.problem().get_or_insert(problem);
        self.over.send_replace(true);
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn problem(&self) -> MutexGuard<'_, Option<anyhow::Error>> {
        self.problem.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How far a batch is, for people.
struct Shown<'a>(&'a Mutex<Board>);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let board = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        write!(f, "{}", board.tally)?;
        let Some((provider, until)) = board.held(now) else {
            return Ok(());
        };
        let left = until.saturating_duration_since(now);
        let provider = if provider.is_empty() {
            "the provider"
        } else {
            provider
        };
        let at = SystemTime::now() + left;
        let at = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        write!(
            f,
            "; {} is asked nothing new until {:02}:{:02}:{:02} UTC",
            crate::printable::Printable(provider),
            at / 3_600 % 24,
            at / 60 % 60,
            at % 60
        )
    }
}

/// Waits until then; where there is no time, for ever.
async fn at(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until.into()).await,
        None => std::future::pending().await,
    }
}

fn changed_meanwhile() -> documents::Error {
    documents::Error::new(
        documents::ErrorCode::Inputs,
        "the batch's file changed while its lines were run; run it again with --resume",
    )
}
