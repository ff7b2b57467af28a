//! `--batch`: one run for every line of a file.

mod lines;
mod name;
mod open_files;

use std::fmt;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contracts::envelope::Envelope;
use contracts::{ErrorCode, ProcessorError};
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};
use tracing::instrument::WithSubscriber as _;

use super::logging::Logging;
use super::plan::{Checked, Plan};
use super::progress::Progress;
use super::{Run, runtime, save};
use crate::adapter::{Adapter, Asked, Cancel, Forward, earlier_success, refuse};
use crate::call::{Call, Outcome};
use lines::{Line, Lines, Source};
use name::Name;

/// What every line's run needs.
struct Batch {
    plan: Plan,
    adapter: Adapter,
    logging: Logging,
    forward: Arc<Forward>,
    cancel: Cancel,
    /// What every execution id begins with.
    name: String,
    resume: bool,
    save_dir: Option<PathBuf>,
}

/// How one line ended.
struct Ended {
    /// `None` where its run was done before: there is nothing new to print.
    outcome: Option<Outcome>,
    /// Whether a success is where `--save-dir` wants it.
    is_saved: bool,
}

#[derive(Debug, Default)]
struct Counts {
    succeeded: u64,
    failed: u64,
    done_before: u64,
    not_saved: u64,
}

/// Runs every line, at most `--jobs` at once; prints each envelope as its run ends. Where no line can be run at all,
/// the one envelope says why.
pub(super) fn run(run: &Run, file: &Path) -> anyhow::Result<ExitCode> {
    let progress = Progress::start(format!("starting {}", run.processor_ref));
    let (runtime, batch, lines) = match prepare(run, file, &progress) {
        Ok(prepared) => prepared,
        Err(error) => {
            progress.end();
            let id = run.execution_id.as_deref().unwrap_or_default();
            Outcome::error(id, &error, "", &Default::default()).print()?;
            return Err(error.into());
        }
    };
    let batch = Arc::new(batch);
    let (counts, problem) = runtime.block_on(all(&batch, lines, usize::from(run.jobs), &progress));
    progress.end();
    writeln!(anstream::stderr(), "{counts}")?;
    Ok(match (batch.cancel.asked().signal, problem) {
        (Some(signal), _) => ExitCode::from(ErrorCode::Cancelled(signal).exit_status()),
        // who stopped reading does not have to be told, but lines were left
        (None, Some(problem)) if is_closed(&problem) => ExitCode::FAILURE,
        (None, Some(problem)) => return Err(problem),
        (None, None) => match counts.failed + counts.not_saved {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        },
    })
}

/// Everything that can go wrong for all lines alike.
fn prepare(run: &Run, file: &Path, progress: &Progress) -> Result<(Runtime, Batch, Lines), ProcessorError> {
    let plan = Plan::new(run)?;
    let lines = Lines::open(file)?;
    let artifacts = plan.artifacts().to_owned();
    let name = Name::of(run, file, lines.is_file(), &artifacts)?;
    plan.read_attachments()?;
    open_files::allow_for(run.jobs);
    let logging = Logging::new(true, progress, plan.redactor());
    if run.build {
        progress.waits_for(format!("building {}", plan.entry().build.package));
    }
    let adapter = plan.adapter(run)?;
    let runtime = runtime()?;
    let cancel = {
        let _inside = runtime.enter();
        Cancel::listen()?
    };
    let batch = Batch {
        forward: logging.forward(),
        cancel,
        plan,
        adapter,
        logging,
        name: name.remember()?, // last: a batch that cannot start takes no other's place
        resume: run.resume,
        save_dir: run.save_dir.clone(),
    };
    Ok((runtime, batch, lines))
}

/// Runs line after line in every job, until there are no more lines, or a signal says to stop. A job has a thread of its
/// own and takes its next line itself: to be given one by another thread would leave a CPU waiting for it.
async fn all(
    batch: &Arc<Batch>,
    lines: Lines,
    jobs: usize,
    progress: &Progress,
) -> (Counts, Option<anyhow::Error>) {
    let (over, _) = watch::channel(false);
    let work = Arc::new(Work {
        batch: Arc::clone(batch),
        lines: tokio::sync::Mutex::new(lines.into_source()),
        over,
        told: Mutex::default(),
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
    let Told { counts, problem } = std::mem::take(&mut *work.told());
    (counts, problem)
}

/// What the jobs of a batch share.
struct Work {
    batch: Arc<Batch>,
    lines: tokio::sync::Mutex<Source>,
    /// Whether no new line is begun any more.
    over: watch::Sender<bool>,
    told: Mutex<Told>,
    progress: Progress,
}

#[derive(Default)]
struct Told {
    counts: Counts,
    /// The first thing that no line's envelope tells.
    problem: Option<anyhow::Error>,
}

impl Work {
    async fn job(&self) {
        while let Some(line) = self.next().await {
            let ended = self.batch.line(line).await;
            let mut told = self.told();
            told.counts.add(&ended);
            self.progress.waits_for(&told.counts);
            let printed = ended.outcome.as_ref().map_or(Ok(()), Outcome::print);
            drop(told);
            if let Err(error) = printed {
                self.fail(error.into()); // what runs is waited for
            }
        }
    }

    async fn next(&self) -> Option<Line> {
        let mut over = self.over.subscribe();
        let mut lines = self.lines.lock().await;
        let line = tokio::select! {
            biased;
            _ = over.wait_for(|over| *over) => None,
            _ = self.batch.cancel.beyond(Asked::default()) => None,
            line = lines.next() => line,
        };
        match line? {
            Ok(line) => Some(line),
            Err(error) => {
                self.fail(anyhow::Error::new(error).context("the batch cannot be read any further"));
                None
            }
        }
    }

    /// Begins no new line.
    fn fail(&self, problem: anyhow::Error) {
        self.told().problem.get_or_insert(problem);
        self.over.send_replace(true);
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_closed(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

impl Batch {
    /// Runs one line.
    async fn line(&self, line: Line) -> Ended {
        let Line { number, document } = line;
        let document = document.and_then(|bytes| self.plan.document(&bytes));
        let execution_id = match &document {
            Ok(document) => format!(
                "{}-{number}-{}",
                self.name,
                document.hashes.inputs_sha256.get(..8).unwrap_or_default()
            ),
            Err(_) => format!("{}-{number}", self.name),
        };
        let Checked { call, verdict } = match self.plan.call(&execution_id, document) {
            Ok(checked) => checked,
            Err(error) => {
                return Ended {
                    outcome: Some(Outcome::error(&execution_id, &error, "", self.plan.redactor())),
                    is_saved: true,
                };
            }
        };
        let dispatch = self.logging.of(&call);
        if self.resume
            && verdict.is_ok()
            && let Some(envelope) = earlier_success(&call)
        {
            return Ended {
                is_saved: tracing::dispatcher::with_default(&dispatch, || self.save(&call, &envelope)),
                outcome: None,
            };
        }
        let outcome = match verdict {
            Ok(()) => {
                let invoked = self.adapter.invoke(&call, &self.cancel, &self.forward);
                invoked.with_subscriber(dispatch.clone()).await
            }
            Err(error) => tracing::dispatcher::with_default(&dispatch, || refuse(&call, &error)),
        };
        Ended {
            is_saved: tracing::dispatcher::with_default(&dispatch, || self.save(&call, &outcome.envelope)),
            outcome: Some(outcome),
        }
    }

    /// Copies a success to where `--save-dir` wants it.
    fn save(&self, call: &Call, envelope: &Envelope) -> bool {
        let Some(folder) = &self.save_dir else {
            return true;
        };
        let folder = folder.join(call.execution_id.as_str());
        match save::copy(envelope, self.plan.artifacts(), &folder) {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(code = error.code().as_str(), error = error.message(), "not_saved");
                false
            }
        }
    }
}

impl Counts {
    fn add(&mut self, ended: &Ended) {
        match &ended.outcome {
            None => self.done_before += 1,
            Some(outcome) if outcome.is_success() => self.succeeded += 1,
            Some(_) => self.failed += 1,
        }
        self.not_saved += u64::from(!ended.is_saved);
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            succeeded,
            failed,
            done_before,
            not_saved,
        } = self;
        write!(
            f,
            "{succeeded} succeeded, {failed} failed, {done_before} were done before"
        )?;
        match not_saved {
            0 => Ok(()),
            _ => write!(f, ", {not_saved} could not be saved"),
        }
    }
}
