//! `--batch`: one run for every line of a file.

mod board;
mod budget;
mod flow;
mod jobs;
mod lines;
mod name;
mod open_files;
mod providers;
#[cfg(test)]
mod simulated;
mod tally;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use documents::envelope::Envelope;
use documents::{Error as ProcessorError, ErrorCode};
use tokio::runtime::Runtime;
use tracing::Dispatch;
use tracing::instrument::WithSubscriber as _;

use super::logging::Logging;
use super::plan::{Checked, Plan};
use super::progress::Progress;
use super::{Run, runtime, save};
use crate::adapter::{Adapter, Cancel, Heard, earlier_success, refuse};
use crate::call::{Call, Outcome};
use board::Board;
use budget::Budget;
use lines::Lines;
use name::Name;
pub(crate) use providers::Service;

/// What every line's run needs.
struct Batch {
    plan: Plan,
    adapter: Adapter,
    logging: Logging,
    cancel: Cancel,
    /// What every execution id begins with.
    name: String,
    resume: bool,
    save_dir: Option<PathBuf>,
}

/// A line as far as it can be got without a run.
enum Prepared {
    Ready(Ready),
    /// It has ended; without an outcome where its run was done before, and there is nothing new to print. Then, whether a
    /// success is where `--save-dir` wants it.
    Ended(Option<Outcome>, bool),
}

/// A line whose run may start.
struct Ready {
    call: Call,
    service: Service,
    dispatch: Dispatch,
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
    let started = Instant::now();
    let board = Board::new(Budget::new(run.rpm, run.max_cost), run.attempts);
    let (tally, problem) =
        runtime.block_on(jobs::all(&batch, lines, board, usize::from(run.jobs), &progress));
    progress.end();
    writeln!(anstream::stderr(), "{}", tally.summary(started.elapsed()))?;
    Ok(match (batch.cancel.asked().signal, problem) {
        (Some(signal), _) => ExitCode::from(ErrorCode::Cancelled(signal).exit_status()),
        // who stopped reading does not have to be told, but lines were left
        (None, Some(problem)) if is_closed(&problem) => ExitCode::FAILURE,
        (None, Some(problem)) => return Err(problem),
        (None, None) => match tally.is_whole() {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
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

fn is_closed(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

impl Batch {
    /// Reads a line and looks at what is there of it.
    fn prepare(&self, number: u64, document: Result<Vec<u8>, ProcessorError>) -> Prepared {
        let document = document.and_then(|bytes| self.plan.document(&bytes));
        let (execution_id, service) = match &document {
            Ok(document) => {
                let hash = document.hashes.inputs_sha256.get(..8).unwrap_or_default();
                (format!("{}-{number}-{hash}", self.name), document.service.clone())
            }
            Err(_) => (format!("{}-{number}", self.name), Service::default()),
        };
        let Checked { call, verdict } = match self.plan.call(&execution_id, document) {
            Ok(checked) => checked,
            Err(error) => {
                let outcome = Outcome::error(&execution_id, &error, "", self.plan.redactor());
                return Prepared::Ended(Some(outcome), true);
            }
        };
        let ready = Ready {
            dispatch: self.logging.of(&call),
            service,
            call,
        };
        match verdict {
            Err(error) => {
                let outcome =
                    tracing::dispatcher::with_default(&ready.dispatch, || refuse(&ready.call, &error));
                Prepared::Ended(Some(outcome), true)
            }
            Ok(()) => match self.resume.then(|| earlier_success(&ready.call)).flatten() {
                Some(envelope) => Prepared::Ended(None, self.save(&ready, &envelope)),
                None => Prepared::Ready(ready),
            },
        }
    }

    /// Runs a line once.
    async fn run(&self, ready: &Ready, heard: Box<Heard>) -> Outcome {
        let forward = self.logging.forward(Some(heard));
        let invoked = self.adapter.invoke(&ready.call, &self.cancel, &forward);
        invoked.with_subscriber(ready.dispatch.clone()).await
    }

    /// Copies a success to where `--save-dir` wants it.
    fn save(&self, ready: &Ready, envelope: &Envelope) -> bool {
        let Some(folder) = &self.save_dir else {
            return true;
        };
        let folder = folder.join(ready.call.execution_id.as_str());
        match save::copy(envelope, self.plan.artifacts(), &folder) {
            Ok(()) => true,
            Err(error) => {
                tracing::dispatcher::with_default(&ready.dispatch, || {
                    tracing::error!(code = error.code().as_str(), error = error.message(), "not_saved");
                });
                false
            }
        }
    }
}
