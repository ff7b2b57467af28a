//! `--batch`: one run for every line of a file.

mod budget;
mod dry_run;
mod earlier_version;
mod file;
mod flow;
mod ids;
mod jobs;
mod line;
mod line_runs;
mod lines;
mod name;
mod open_files;
mod providers;
mod reading;
mod record;
mod result;
mod schedule;
#[cfg(test)]
#[path = "../../tests/unit/simulated_batches.rs"]
mod simulated;
mod spool;
mod survey;
mod totals;
mod unusable;

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use documents::{ErrorCode, Mode};
use store::Store;
use tokio::runtime::Runtime;

use super::logging::Logging;
use super::options::Run;
use super::plan::Plan;
use super::progress::Progress;
use super::{runtime, save_dir};
use crate::call::Outcome;
use crate::cancel::Cancel;
use crate::error::Error;
use crate::session::{ExitStatus, Session};
use budget::Budget;
use dry_run::Sums;
use file::BatchFile;
use ids::Ids;
use line_runs::Batch;
use lines::Lines;
use name::Name;
use reading::Reading;
use record::Record;
use schedule::Schedule;
use survey::survey;

/// A batch that was read to its end, and nothing has been found wrong with.
struct Surveyed {
    plan: Plan,
    file: Arc<BatchFile>,
    name: Name,
    /// Whether an earlier call has begun it.
    is_begun: bool,
    mode: Option<Mode>,
    reading: Reading,
    ids: Ids,
}

/// What is needed to run lines.
struct Prepared {
    runtime: Runtime,
    batch: Batch,
    lines: Lines,
    ids: Ids,
}

/// Runs every line, at most `--jobs` at once; prints each envelope as its run ends. Where no line can be run at all,
/// the one envelope says why.
pub(super) fn run(run: &Run, file: &Path, session: &Session) -> anyhow::Result<ExitStatus> {
    let progress = Progress::start(format!("starting {}", run.processor_ref), session);
    let refuse = |error: Error| {
        progress.end();
        let id = run.execution_id.as_deref().unwrap_or_default();
        Outcome::error(id, &error, &Default::default()).print(session)?;
        Err(error.into())
    };
    let surveyed = match look(run, file, &progress, session) {
        Ok(surveyed) => surveyed,
        Err(error) => return refuse(error),
    };
    if run.dry_run {
        let sums = Sums::of(surveyed);
        return match sums {
            Ok(sums) => {
                progress.end();
                sums.print(run, session)?;
                Ok(ExitStatus::SUCCESS)
            }
            Err(error) => refuse(error),
        };
    }
    let Prepared {
        runtime,
        batch,
        lines,
        ids,
    } = match prepare(run, surveyed, &progress, session) {
        Ok(prepared) => prepared,
        Err(error) => return refuse(error),
    };
    let batch = Arc::new(batch);
    let started = Instant::now();
    let schedule = Schedule::new(
        Budget::new(run.rpm, run.max_cost, run.allow_unknown_cost),
        run.attempts,
    );
    let (totals, problem) = runtime.block_on(jobs::all(
        &batch,
        (lines, ids),
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

/// Reads the whole file, and checks all that can be known before a line is run.
fn look(run: &Run, file: &Path, progress: &Progress, session: &Session) -> Result<Surveyed, Error> {
    let plan = Plan::new(run, session)?;
    if let Some(dir) = &run.save_dir {
        save_dir::check(dir, &session.environment)?;
    }
    progress.waits_for("reading the batch");
    let file = Arc::new(BatchFile::open(file, plan.store().host_path(), session)?);
    let name = Name::choose(run, &file, plan.store())?;
    let begun = begun(run, &name.text, &file, plan.store(), session)?;
    let mode = begun.as_ref().map_or(run.mode, |record| record.mode);
    let plan = plan.with_mode(mode);
    let reading = Reading::choose(run, &file, session)?;
    if let Some(format) = reading.notice {
        progress.suspended(|| {
            writeln!(
                session.err(),
                "the batch looks like {format}, and is read as such"
            )
        })?;
    }
    let ids = survey(&file, &plan, &reading, begun.is_some().then_some(&*name.text))?;
    let ids = limit(run, ids, progress, session)?;
    Ok(Surveyed {
        plan,
        file,
        name,
        is_begun: begun.is_some(),
        mode,
        reading,
        ids,
    })
}

/// Leaves the lines out that `--limit` does, and says so.
fn limit(run: &Run, ids: Ids, progress: &Progress, session: &Session) -> Result<Ids, Error> {
    let all = ids.left();
    let limit = run.limit.map_or(all, |limit| limit.get() as usize);
    if limit < all {
        progress.suspended(|| writeln!(session.err(), "--limit: the first {limit} of {all} lines"))?;
    }
    Ok(ids.limited(limit))
}

/// Does everything else that fails for all lines or for none.
fn prepare(run: &Run, surveyed: Surveyed, progress: &Progress, session: &Session) -> Result<Prepared, Error> {
    let Surveyed {
        plan,
        file,
        name,
        is_begun,
        mode,
        reading,
        ids,
    } = surveyed;
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
    let lines = reading.lines(&file)?;
    // last: a batch that cannot start is not begun
    if !is_begun {
        Record::new(&name.text, &run.processor_ref, mode).write(plan.store())?;
    }
    if name.is_new {
        let name = &name.text;
        progress.suspended(|| {
            writeln!(
                session.err(),
                "the batch is named {name}; --execution-id {name} goes on with it"
            )
        })?;
    }
    let batch = Batch {
        cancel,
        plan,
        adapter,
        logging,
        file,
        reader: reading.reader,
        name: name.text,
        save_dir: run.save_dir.clone(),
        session: session.clone(),
    };
    Ok(Prepared {
        runtime,
        batch,
        lines,
        ids,
    })
}

/// The record of the batch, if an earlier call has begun it; this one has to ask for the same.
fn begun(
    run: &Run,
    name: &str,
    file: &BatchFile,
    store: &dyn Store,
    session: &Session,
) -> Result<Option<Record>, Error> {
    let record = Record::find(store, name)?;
    match &record {
        Some(record) => record.check(&run.processor_ref, run.mode)?,
        None if run.new => {}
        None => {
            let path = file.path().map(|path| session.environment.path(path));
            earlier_version::refuse(run, name, path.as_deref(), store)?;
            if run.resume {
                let message = format!("no batch is named {name}, so that there is nothing to go on with");
                let hint = "leave --resume out, or name the batch with --execution-id";
                return Err(Error::new(ErrorCode::Usage, message).hint(hint));
            }
        }
    }
    Ok(record)
}

fn is_closed(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
