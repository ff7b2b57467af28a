//! `--batch`: one run for every line of a file.

mod again;
mod budget;
mod earlier_version;
mod file;
mod flow;
mod hold;
mod ids;
mod jobs;
mod line;
mod line_runs;
mod lines;
mod name;
mod open_files;
mod providers;
mod record;
mod report;
mod result;
mod schedule;
#[cfg(test)]
#[path = "../../tests/unit/simulated_batches.rs"]
mod simulated;
mod spool;
mod survey;
mod totals;
mod unusable;

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use documents::{ErrorCode, Signal};
use store::Store;
use tokio::runtime::Runtime;

use super::logging::Logging;
use super::options::Run;
use super::plan::Plan;
use super::progress::Progress;
use super::{runtime, save_dir};
use crate::call::Outcome;
use crate::cancel::{Cancel, FirstInterrupt};
use crate::error::Error;
use crate::session::{ExitStatus, Session};
use budget::Budget;
use file::BatchFile;
use hold::Hold;
use ids::Ids;
use line_runs::Batch;
use name::Name;
use record::Record;
use schedule::Schedule;
use survey::survey;

/// Runs every line, at most `--jobs` at once; prints each envelope as its run ends. Where no line can be run at all,
/// the one envelope says why.
pub(super) fn run(run: &Run, file: &Path, session: &Session) -> anyhow::Result<ExitStatus> {
    let progress = Progress::start(format!("starting {}", run.processor_ref), session);
    let (runtime, batch, ids) = match prepare(run, file, &progress, session) {
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
        Hold::new(run.max_failures()),
        run.attempts,
    );
    let (totals, problem) = runtime.block_on(jobs::all(&batch, ids, schedule, &progress));
    progress.end();
    let mut summary = totals.summary(started.elapsed());
    if !totals.is_complete() {
        summary = format!("{summary}; go on with: {}", batch.go_on);
    }
    let _ = writeln!(session.err(), "{summary}"); // there is nowhere left to report it
    let requested = batch.cancel.requested();
    Ok(match problem {
        _ if requested.is_ending && !totals.is_complete() => {
            let signal = requested.signal.unwrap_or(Signal::Interrupt);
            ErrorCode::Cancelled(signal).exit_status().into()
        }
        Some(problem) => report::exit_status(&problem),
        None => ExitStatus::success_if(totals.is_complete()),
    })
}

/// Does everything that fails for all lines or for none.
fn prepare(
    run: &Run,
    file: &Path,
    progress: &Progress,
    session: &Session,
) -> Result<(Runtime, Batch, Ids), Error> {
    let plan = Plan::new(run, session)?;
    progress.waits_for("reading the batch");
    let file = Arc::new(BatchFile::open(file, plan.store().host_path(), session)?);
    let name = Name::choose(run, &file, plan.store())?;
    let begun = begun(run, &name.text, &file, plan.store(), session)?;
    let mode = begun.as_ref().map_or(run.mode, |record| record.mode);
    let plan = plan.with_mode(mode);
    plan.read_attachments()?;
    if let Some(dir) = &run.save_dir {
        save_dir::check_parent(dir, &session.environment)?;
    }
    let ids = survey(&file, &plan, run.format)?;
    let limited = open_files::allow_for(run.jobs);
    if let Some(limited) = &limited {
        progress.suspended(|| writeln!(session.err(), "{limited}"))?;
    }
    let logging = Logging::new(true, progress, plan.redactor(), session);
    if run.build {
        progress.waits_for(format!("building {}", plan.entry().build.package));
    }
    let adapter = plan.adapter(run)?;
    let runtime = runtime::new()?;
    let cancel = {
        let _inside = runtime.enter();
        Cancel::listen(FirstInterrupt::Ends)?
    };
    // last: a batch that cannot start is not begun
    if begun.is_none() {
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
    let go_on = again::command(&session.arguments, name.is_new.then_some(&*name.text));
    let batch = Batch {
        jobs: limited.map_or(run.jobs, |limited| limited.allowed).into(),
        go_on: plan.redactor().redact(&go_on),
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
    Ok((runtime, batch, ids))
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
