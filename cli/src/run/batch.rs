//! `--batch`: one run for every line of a file.

mod again;
mod asking;
mod budget;

mod dry_run;
mod earlier_version;
mod earliest;
mod file;
mod flow;
mod forecast;
mod hold;
mod ids;
mod inspect;
mod jobs;
mod line;
mod line_numbers;
mod line_runs;
mod lines;
mod listed;
mod name;
mod notices;
mod open_files;
mod pace;
mod problems;
mod providers;
mod reading;
mod record;
mod report;
mod result;
mod row_columns;
mod schedule;
mod sent;
mod shown;
#[cfg(test)]
#[path = "../../tests/unit/simulated_batches.rs"]
mod simulated;
mod spool;
mod sums;
mod survey;
mod totals;
mod unusable;

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use documents::{ErrorCode, Signal};
use tokio::runtime::Runtime;

use super::logging::Logging;
use super::options::Run;
use super::prepare;
use super::progress::Progress;
use super::runtime;
use crate::adapter::Adapter;
use crate::call::Outcome;
use crate::cancel::{Cancel, FirstInterrupt};
use crate::error::Error;
use crate::printable::Printable;
use crate::results::{self, OutFile};
use crate::session::{ExitStatus, Session};
use budget::Budget;
use forecast::forecast;
use hold::Hold;
use ids::Ids;
use inspect::{Inspected, inspect};
use line_runs::Batch;
use lines::Lines;
use schedule::Schedule;
use sums::Sums;

/// What is needed to run lines.
struct Prepared {
    runtime: Runtime,
    batch: Batch,
    lines: Lines,
    ids: Ids,
    out: Option<OutFile>,
    /// Why no line can be started: what was done is printed all the same.
    unlisted: Option<Error>,
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
    let inspected = match inspect(run, file, &progress, session) {
        Ok(inspected) => inspected,
        Err(error) => return refuse(error),
    };
    if run.dry_run {
        return match look_ahead(run, &inspected, &progress, session) {
            Ok(sums) => {
                progress.end();
                dry_run::print(&sums, run, session)?;
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
        out,
        unlisted,
    } = match prepare(run, inspected, &progress, session) {
        Ok(prepared) => prepared,
        Err(error) => return refuse(error),
    };
    let batch = Arc::new(batch);
    let started = Instant::now();
    let mut hold = Hold::new(run.max_failures());
    if let Some(error) = &unlisted {
        hold.see_store(error);
    }
    if let Some(cause) = hold.unreported() {
        let _ = progress.suspended(|| writeln!(session.err(), "{cause}")); // there is nowhere left to report it
    }
    let schedule = Schedule::new(
        Budget::new(run.rpm, run.max_cost, run.allow_unknown_cost),
        hold,
        run.attempts,
    );
    let (totals, problem) = runtime.block_on(jobs::all(&batch, (lines, ids), schedule, &progress));
    let written = out.map_or(Ok(()), |out| {
        write_table(&out, &batch.name, run, &progress, session)
    });
    progress.end();
    if let Err(error) = &written {
        let again = format!(
            "`counterfoil results {} --out FILE` writes the table again",
            batch.name
        );
        let _ = writeln!(session.err(), "{error:#}; {again}"); // as below
    }
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
        None => ExitStatus::success_if(totals.is_complete() && written.is_ok()),
    })
}

/// What would be run. Without its processor, that is what the lines themselves show.
fn look_ahead(
    run: &Run,
    inspected: &Inspected,
    progress: &Progress,
    session: &Session,
) -> Result<Sums, Error> {
    if !inspected.has_real {
        return forecast(inspected, None);
    }
    let logging = Logging::new(run, progress, inspected.plan.redactor(), session);
    match find_adapter(run, inspected, &logging, progress, session) {
        Ok(adapter) => forecast(inspected, Some(&*adapter)),
        Err(error) => Ok(Sums {
            not_asked: Some(error.message()),
            ..forecast(inspected, None)?
        }),
    }
}

fn find_adapter(
    run: &Run,
    inspected: &Inspected,
    logging: &Logging,
    progress: &Progress,
    session: &Session,
) -> Result<Arc<dyn Adapter>, Error> {
    let plan = &inspected.plan;
    let dispatch = logging.of_batch(&inspected.name.text, &run.processor_ref);
    let adapter =
        tracing::dispatcher::with_default(&dispatch, || prepare::adapter(run, plan, progress, session))?;
    progress.waits_for("asking what the batch would cost");
    Ok(adapter)
}

/// Does everything else that fails for all lines or for none.
fn prepare(
    run: &Run,
    inspected: Inspected,
    progress: &Progress,
    session: &Session,
) -> Result<Prepared, Error> {
    let logging = Logging::new(run, progress, inspected.plan.redactor(), session);
    let adapter = find_adapter(run, &inspected, &logging, progress, session)?;
    if inspected.has_real {
        let sums = forecast(&inspected, Some(&*adapter))?;
        for notice in notices::of(&sums, run) {
            progress.suspended(|| writeln!(session.err(), "{}", Printable(&notice)))?;
        }
    }
    let Inspected {
        plan,
        file,
        mut name,
        is_begun,
        mode,
        reading,
        ids,
        labels,
        out,
        ..
    } = inspected;
    let limited = open_files::allow_for(run.jobs);
    if let Some(limited) = &limited {
        progress.suspended(|| writeln!(session.err(), "{limited}"))?;
    }
    let runtime = runtime::new()?;
    let cancel = {
        let _inside = runtime.enter();
        Cancel::listen(FirstInterrupt::Ends)?
    };
    let lines = reading.lines(&file)?;
    // last: a batch that cannot start is not begun
    if !is_begun {
        name.record(run, mode, plan.store())?;
    }
    if let Some(left_out) = labels.left_out() {
        progress.suspended(|| writeln!(session.err(), "{left_out}"))?;
    }
    let unlisted = match labels.publish(&name.text, &ids, plan.redactor(), plan.store()) {
        Err(error) if is_begun => Some(error), // an earlier call may have done lines
        listed => {
            listed?;
            None
        }
    };
    if name.is_new && !session.is_quiet() {
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
        out,
        unlisted,
    })
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
    let sums = out.write(&batch)?;
    if let Some(notice) = sums.notice() {
        progress.suspended(|| writeln!(session.err(), "{notice}"))?;
    }
    Ok(())
}
