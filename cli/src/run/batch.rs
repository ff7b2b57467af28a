//! `--batch`: one run for every line of a file.

mod budget;
mod earlier_version;
mod file;
mod flow;
mod ids;
mod jobs;
mod line;
mod line_runs;
mod lines;
mod listed;
mod name;
mod open_files;
mod pace;
mod providers;
mod record;
mod result;
mod schedule;
mod shown;
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

use documents::ErrorCode;
use store::Store;
use tokio::runtime::Runtime;

use super::logging::Logging;
use super::options::Run;
use super::plan::Plan;
use super::progress::Progress;
use super::runtime;
use crate::call::Outcome;
use crate::cancel::Cancel;
use crate::error::Error;
use crate::results::{self, OutFile};
use crate::session::{ExitStatus, Session};
use budget::Budget;
use file::BatchFile;
use ids::Ids;
use line_runs::Batch;
use listed::Labels;
use name::Name;
use record::Record;
use schedule::Schedule;
use survey::survey;

/// Runs every line, at most `--jobs` at once; prints each envelope as its run ends. Where no line can be run at all,
/// the one envelope says why.
pub(super) fn run(run: &Run, file: &Path, session: &Session) -> anyhow::Result<ExitStatus> {
    let progress = Progress::start(format!("starting {}", run.processor_ref), session);
    let (runtime, batch, ids, out) = match prepare(run, file, &progress, session) {
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
    let (totals, problem) =
        runtime.block_on(jobs::all(&batch, ids, schedule, usize::from(run.jobs), &progress));
    let written = out.map_or(Ok(()), |out| {
        write_table(&out, &batch.name, run, &progress, session)
    });
    progress.end();
    if let Err(error) = &written {
        let again = format!(
            "`counterfoil results {} --out FILE` writes the table again",
            batch.name
        );
        writeln!(session.err(), "{error:#}; {again}")?;
    }
    writeln!(session.err(), "{}", totals.summary(started.elapsed()))?;
    Ok(match (batch.cancel.requested().signal, problem) {
        (Some(signal), _) => ErrorCode::Cancelled(signal).exit_status().into(),
        // a reader that stopped is no error, but lines were left
        (None, Some(problem)) if is_closed(&problem) => ExitStatus::FAILURE,
        (None, Some(problem)) => return Err(problem),
        (None, None) => ExitStatus::success_if(totals.is_complete() && written.is_ok()),
    })
}

/// Does everything that fails for all lines or for none.
fn prepare(
    run: &Run,
    file: &Path,
    progress: &Progress,
    session: &Session,
) -> Result<(Runtime, Batch, Ids, Option<OutFile>), Error> {
    let plan = Plan::new(run, session)?;
    progress.waits_for("reading the batch");
    let out = run.out.as_deref();
    let out = out
        .map(|path| OutFile::new(path, &session.environment))
        .transpose()?;
    results::check_names(&run.select)?;
    let file = Arc::new(BatchFile::open(file, plan.store().host_path(), session)?);
    if let (Some(out), Some(path)) = (&out, file.path()) {
        out.check_is_not(&session.environment.path(path))?;
    }
    let name = Name::choose(run, &file, plan.store())?;
    let begun = begun(run, &name.text, &file, plan.store(), session)?;
    let mode = begun.as_ref().map_or(run.mode, |record| record.mode);
    let plan = plan.with_mode(mode);
    plan.read_attachments()?;
    let mut labels = Labels::new(plan.store(), session)?;
    let ids = survey(&file, &plan, run.format, &mut labels)?;
    open_files::allow_for(run.jobs);
    let logging = Logging::for_batch(progress, plan.redactor(), session);
    if run.build {
        progress.waits_for(format!("building {}", plan.entry().build.package));
    }
    let adapter = plan.adapter(run)?;
    let runtime = runtime::new()?;
    let cancel = {
        let _inside = runtime.enter();
        Cancel::listen()?
    };
    // last: a batch that cannot start is not begun
    if begun.is_none() {
        Record::new(&name.text, &run.processor_ref, mode).write(plan.store())?;
    }
    labels.publish(&name.text, &ids, plan.redactor(), plan.store())?;
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
        format: run.format,
        name: name.text,
        save_dir: run.save_dir.clone(),
        session: session.clone(),
    };
    Ok((runtime, batch, ids, out))
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

/// Writes the table of a batch that has ended, however it ended.
fn write_table(
    out: &OutFile,
    name: &str,
    run: &Run,
    progress: &Progress,
    session: &Session,
) -> anyhow::Result<()> {
    progress.waits_for("writing the table");
    let artifacts = run.artifacts.open(&session.environment)?;
    let batch = results::Batch {
        artifacts: &*artifacts,
        dir: run.artifacts.dir(&session.environment),
        name,
        selects: &run.select,
    };
    out.write(&batch).map(drop)
}

fn is_closed(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
