//! `--batch`: one run for every line of a file.

mod lines;
mod name;

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use contracts::{ErrorCode, ProcessorError, Signal};
use tokio::task::JoinSet;
use tracing::instrument::WithSubscriber as _;

use super::logging::Logging;
use super::plan::{Checked, Plan};
use super::progress::Progress;
use super::{Run, save};
use crate::adapter::{Adapter, Cancel, Forward, has_succeeded, refuse};
use crate::call::Outcome;
use lines::Lines;

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
    save_dir: Option<std::path::PathBuf>,
}

#[derive(Debug, Default)]
struct Counts {
    succeeded: u64,
    failed: u64,
    done_before: u64,
}

/// Runs every line, at most `--jobs` at once; prints each envelope as its run ends.
pub(super) fn run(run: &Run, file: &Path) -> anyhow::Result<ExitCode> {
    let plan = Plan::new(run)?;
    let lines = Lines::open(file)?;
    let name = name::of(run, file, plan.artifacts())?;
    let progress = Progress::start(match run.build {
        true => format!("building {}", plan.entry().build.package),
        false => format!("starting {}", run.processor_ref),
    });
    let logging = Logging::new(true, &progress, plan.redactor());
    let adapter = plan.adapter(run)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(
            usize::from(run.jobs).min(std::thread::available_parallelism().map_or(1, usize::from)),
        )
        .enable_all()
        .build()?;
    let result = runtime.block_on(async {
        let batch = Arc::new(Batch {
            forward: logging.forward(),
            cancel: Cancel::listen()?,
            plan,
            adapter,
            logging,
            name,
            resume: run.resume,
            save_dir: run.save_dir.clone(),
        });
        all(&batch, lines, usize::from(run.jobs), &progress).await
    });
    progress.end();
    let (counts, signal) = result?;
    let Counts {
        succeeded,
        failed,
        done_before,
    } = counts;
    writeln!(
        anstream::stderr(),
        "{succeeded} succeeded, {failed} failed, {done_before} were done before"
    )?;
    Ok(match signal {
        Some(signal) => ExitCode::from(ErrorCode::Cancelled(signal).exit_status()),
        None if failed > 0 => ExitCode::FAILURE,
        None => ExitCode::SUCCESS,
    })
}

async fn all(
    batch: &Arc<Batch>,
    mut lines: Lines,
    jobs: usize,
    progress: &Progress,
) -> anyhow::Result<(Counts, Option<Signal>)> {
    let mut counts = Counts::default();
    let mut running = JoinSet::new();
    let mut is_over = false;
    let mut problem = None;
    loop {
        while !is_over && running.len() < jobs && batch.cancel.asked().signal.is_none() {
            match lines.next() {
                Ok(Some(line)) => {
                    let batch = Arc::clone(batch);
                    running.spawn(async move { batch.line(line.number, line.document).await });
                }
                Ok(None) => is_over = true,
                Err(error) => {
                    is_over = true; // what runs is waited for
                    problem = Some(anyhow::Error::new(error).context("the batch cannot be read any further"));
                }
            }
        }
        let Some(outcome) = running.join_next().await else {
            break;
        };
        match outcome? {
            None => counts.done_before += 1,
            Some(outcome) => {
                match outcome.is_success() {
                    true => counts.succeeded += 1,
                    false => counts.failed += 1,
                }
                if let Err(error) = print(&outcome) {
                    is_over = true;
                    problem.get_or_insert_with(|| error.into());
                }
            }
        }
        progress.waits_for(format!(
            "{} running, {} succeeded, {} failed",
            running.len(),
            counts.succeeded,
            counts.failed
        ));
    }
    match problem {
        Some(problem) => Err(problem),
        None => Ok((counts, batch.cancel.asked().signal)),
    }
}

fn print(outcome: &Outcome) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(outcome.line().as_bytes())?;
    stdout.flush()
}

impl Batch {
    /// Runs one line; `None` where that was done before.
    async fn line(&self, number: u64, document: Result<Vec<u8>, ProcessorError>) -> Option<Outcome> {
        let document = document.and_then(|bytes| self.plan.document(&bytes));
        let execution_id = match &document {
            Ok(document) => format!(
                "{}-{number}-{}",
                self.name,
                document.hash.get(..8).unwrap_or_default()
            ),
            Err(_) => format!("{}-{number}", self.name),
        };
        let Checked { call, verdict } = match self.plan.call(&execution_id, document) {
            Ok(checked) => checked,
            Err(error) => {
                return Some(Outcome::error(&execution_id, &error, "", self.plan.redactor()));
            }
        };
        if self.resume && verdict.is_ok() && has_succeeded(&call) {
            return None;
        }
        let dispatch = self.logging.of(&call);
        let outcome = match verdict {
            Ok(()) => {
                let invoked = self.adapter.invoke(&call, &self.cancel, &self.forward);
                invoked.with_subscriber(dispatch.clone()).await
            }
            Err(error) => tracing::dispatcher::with_default(&dispatch, || refuse(&call, &error)),
        };
        if let Some(folder) = &self.save_dir
            && outcome.is_success()
            && let Err(error) = save::copy(
                &outcome.envelope,
                self.plan.artifacts(),
                &folder.join(&execution_id),
            )
        {
            tracing::dispatcher::with_default(&dispatch, || {
                tracing::error!(code = error.code().as_str(), error = error.message(), "not_saved");
            });
        }
        Some(outcome)
    }
}
