//! One run.

use std::io::{self, Write as _};
use std::path::Path;
use std::time::Instant;

use documents::ErrorCode;
use documents::envelope::Envelope;
use documents::inputs::parse_json;
use tracing::instrument::WithSubscriber as _;

use super::logging::Logging;
use super::options::Run;
use super::pause::ShownPause;
use super::plan::{Checked, Plan};
use super::progress::Progress;
use super::summary::{self, Summary};
use super::{prepare, runtime, save, save_dir};
use crate::adapter::{Note, RunContext};
use crate::call::Outcome;
use crate::cancel::{Cancel, FirstInterrupt};
use crate::error::Error;
use crate::execute::{execute, refuse};
use crate::printable::Printable;
use crate::session::{ExitStatus, Session};

/// Runs once, and answers on stdout.
pub(super) fn run(run: &Run, session: &Session) -> anyhow::Result<ExitStatus> {
    let execution_id = match &run.execution_id {
        Some(id) => id.clone(),
        None => uuid::Uuid::now_v7().to_string(),
    };
    let progress = Progress::start(format!("reading the inputs of {}", run.processor_ref), session);
    let result = Plan::new(run, session).and_then(|plan| {
        if let Some(dir) = &run.save_dir {
            save_dir::check(dir, &execution_id, plan.store(), &session.environment)?;
        }
        let outcome = answer(run, &plan, &execution_id, &progress, session)?;
        Ok((plan, outcome))
    });
    progress.end();
    let (plan, outcome) = match result {
        Ok((plan, outcome)) => (Some(plan), outcome),
        // no place for receipts, or no processor that they could be of
        Err(error) => (None, Outcome::error(&execution_id, &error, &Default::default())),
    };
    let mut exit_status = outcome.exit_status;
    if let (Some(plan), Some(dir)) = (&plan, &run.save_dir)
        && outcome.is_success()
        && let Err(error) = save::copy(&outcome.envelope, plan.store(), dir, &session.environment)
    {
        let problem = summary::problem(error.code().as_str(), &error.message());
        writeln!(session.err(), "{problem}")?;
        exit_status = error.code().exit_status();
    }
    let printed = if run.has_envelope(session) {
        report_failure(run, &outcome, session);
        outcome.print(session)
    } else {
        let summary = Summary {
            run,
            session,
            outcome: &outcome,
            has_receipts: plan.is_some(),
        };
        summary.print()
    };
    match printed {
        // the reader is gone; the receipts say the same
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        Err(error) if exit_status == 0 => {
            return Err(
                anyhow::Error::new(error).context("the run succeeded, but its answer cannot be written")
            );
        }
        Ok(()) | Err(_) => {}
    }
    Ok(exit_status.into())
}

/// Tells people at a terminal of a failure, where both log and envelope go elsewhere.
fn report_failure(run: &Run, outcome: &Outcome, session: &Session) {
    if let Envelope::Error { error, .. } = &outcome.envelope
        && !run.json
        && session.stderr.is_terminal
        && !session.stdout.is_terminal
    {
        let problem = summary::problem(&error.code, &error.message);
        let _ = writeln!(session.err(), "{problem}"); // the envelope says it too
    }
}

fn answer(
    run: &Run,
    plan: &Plan,
    execution_id: &str,
    progress: &Progress,
    session: &Session,
) -> Result<Outcome, Error> {
    let logging = Logging::new(run, progress, plan.redactor(), session);
    let document = match read(run, session).and_then(|bytes| plan.document(parse_json(&bytes)?)) {
        // the command line is wrong: there is no run that receipts could be of
        Err(error) if error.code() == ErrorCode::Usage => return Err(error),
        document => document,
    };
    let Checked { call, verdict } = plan.call(execution_id, document)?;
    let dispatch = logging.dispatch(&call);
    let prepared = tracing::dispatcher::with_default(&dispatch, || {
        verdict.and_then(|()| prepare::adapter(run, plan, progress, session))
    });
    let adapter = match prepared {
        Ok(adapter) => adapter,
        Err(error) => {
            return Ok(tracing::dispatcher::with_default(&dispatch, || {
                refuse(plan.store(), &call, &error)
            }));
        }
    };
    progress.waits_for(format!(
        "waiting for {} ({}), at most {} s",
        run.processor_ref,
        call.mode.as_str(),
        call.timeout.as_secs_f64()
    ));
    let on_note = {
        let progress = progress.clone();
        let run = format!("{} ({})", run.processor_ref, call.mode.as_str());
        move |note: Note| show(&note, &run, &progress)
    };
    Ok(runtime::new()?.block_on(async {
        let context = RunContext {
            cancel: Cancel::listen(FirstInterrupt::Cancels)?,
            log: logging.of_processor(Some(Box::new(on_note))),
        };
        let executed = execute(&*adapter, plan.store(), &call, &context);
        Ok::<_, io::Error>(executed.with_subscriber(dispatch).await)
    })?)
}

/// Shows what a processor says about the run that goes on.
fn show(note: &Note, run: &str, progress: &Progress) {
    match note {
        Note::Pause(pause) if pause.is_requested => {
            let until = Instant::now().checked_add(pause.length);
            let provider = pause.provider.as_deref().unwrap_or_default();
            progress.pause(until.map(|until| ShownPause::requested(provider, until)));
        }
        Note::Pause(_) | Note::Request | Note::EarlierAttempt => {}
        Note::Progress(job) => {
            let status = Printable(&job.status);
            match job.percent {
                Some(percent) => progress.waits_for(format_args!("{run}: {status}, {percent} %")),
                None => progress.waits_for(format_args!("{run}: {status}")),
            }
        }
    }
}

/// Reads the inputs document.
fn read(run: &Run, session: &Session) -> Result<Vec<u8>, Error> {
    if let Some(json) = &run.source.inputs_json {
        return Ok(json.clone().into_bytes());
    }
    let file = run.source.inputs.as_deref().unwrap_or(Path::new("-")); // clap requires one of the two
    session.read_inputs(file)
}
