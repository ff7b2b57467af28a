//! `--batch`: one run for every line of a file.

mod budget;
mod flow;
mod jobs;
mod line_runs;
mod lines;
mod name;
mod open_files;
mod providers;
mod schedule;
#[cfg(test)]
#[path = "../../tests/unit/simulated_batches.rs"]
mod simulated;
mod totals;

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use documents::ErrorCode;
use tokio::runtime::Runtime;

use super::logging::Logging;
use super::options::Run;
use super::plan::Plan;
use super::progress::Progress;
use super::runtime;
use crate::call::Outcome;
use crate::cancel::Cancel;
use crate::error::Error;
use crate::session::{ExitStatus, Session};
use budget::Budget;
use line_runs::Batch;
use lines::Lines;
use name::Name;
use schedule::Schedule;

/// Runs every line, at most `--jobs` at once; prints each envelope as its run ends. Where no line can be run at all,
/// the one envelope says why.
pub(super) fn run(run: &Run, file: &Path, session: &Session) -> anyhow::Result<ExitStatus> {
    let progress = Progress::start(format!("starting {}", run.processor_ref), session);
    let (runtime, batch, lines) = match prepare(run, file, &progress, session) {
        Ok(prepared) => prepared,
        Err(error) => {
            progress.end();
            let id = run.execution_id.as_deref().unwrap_or_default();
            Outcome::error(id, &error, &Default::default()).print(session)?;
            return Err(error.into());
        }
    };
    let batch = Arc::new(batch);
    let started = Instant::now();
    let schedule = Schedule::new(
        Budget::new(run.rpm, run.max_cost, run.allow_unknown_cost),
        run.attempts,
    );
    let (totals, problem) = runtime.block_on(jobs::all(
        &batch,
        lines,
        schedule,
        usize::from(run.jobs),
        &progress,
    ));
    progress.end();
    writeln!(session.err(), "{}", totals.summary(started.elapsed()))?;
    Ok(match (batch.cancel.requested().signal, problem) {
        (Some(signal), _) => ErrorCode::Cancelled(signal).exit_status().into(),
        // a reader that stopped is no error, but lines were left
        (None, Some(problem)) if is_closed(&problem) => ExitStatus::FAILURE,
        (None, Some(problem)) => return Err(problem),
        (None, None) => ExitStatus::success_if(totals.is_complete()),
    })
}

/// Does everything that fails for all lines or for none.
fn prepare(
    run: &Run,
    file: &Path,
    progress: &Progress,
    session: &Session,
) -> Result<(Runtime, Batch, Lines), Error> {
    let plan = Plan::new(run, session)?;
    let lines = Lines::open(file, session)?;
    let name = Name::choose(
        run,
        &session.environment.path(file),
        lines.is_file(),
        plan.store(),
    )?;
    plan.read_attachments()?;
    open_files::allow_for(run.jobs);
    let logging = Logging::new(true, progress, plan.redactor(), session);
    if run.build {
        progress.waits_for(format!("building {}", plan.entry().build.package));
    }
    let adapter = plan.adapter(run)?;
    let runtime = runtime::new()?;
    let cancel = {
        let _inside = runtime.enter();
        Cancel::listen()?
    };
    let name = name.remember(plan.store())?; // last: a batch that cannot start does not replace another
    let batch = Batch {
        cancel,
        plan,
        adapter,
        logging,
        name,
        resume: run.resume,
        save_dir: run.save_dir.clone(),
        session: session.clone(),
    };
    Ok((runtime, batch, lines))
}

fn is_closed(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
