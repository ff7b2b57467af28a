//! One run.

use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::process::ExitCode;

use documents::Error as ProcessorError;
use tracing::instrument::WithSubscriber as _;

use super::logging::Logging;
use super::plan::{Checked, Plan};
use super::progress::Progress;
use super::{Run, runtime, save, summary};
use crate::adapter::{Cancel, refuse};
use crate::call::Outcome;

/// Runs once, and answers on stdout.
pub(super) fn run(run: &Run) -> anyhow::Result<ExitCode> {
    let execution_id = match &run.execution_id {
        Some(id) => id.clone(),
        None => uuid::Uuid::now_v7().to_string(),
    };
    let progress = Progress::start(format!("reading the inputs of {}", run.processor_ref));
    let result = Plan::new(run).and_then(|plan| {
        let outcome = answer(run, &plan, &execution_id, &progress)?;
        Ok((plan, outcome))
    });
    progress.end();
    let (plan, outcome) = match result {
        Ok((plan, outcome)) => (Some(plan), outcome),
        // no place for receipts, or no processor that they could be of
        Err(error) => (
            None,
            Outcome::error(&execution_id, &error, "", &Default::default()),
        ),
    };
    let mut exit_status = outcome.exit_status;
    if let (Some(plan), Some(folder)) = (&plan, &run.save_dir)
        && outcome.is_success()
        && let Err(error) = save::copy(&outcome.envelope, plan.artifacts(), folder)
    {
        let mut stderr = anstream::stderr();
        writeln!(stderr, "{}", summary::problem(&error))?;
        exit_status = error.code().exit_status();
    }
    let printed = match run.json {
        true => outcome.print(),
        false => summary::print(run, plan.as_ref(), &outcome),
    };
    match printed {
        // nobody wants to read it; the receipts say the same
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        Err(error) if exit_status == 0 => {
            return Err(
                anyhow::Error::new(error).context("the run succeeded, but its answer cannot be written")
            );
        }
        Ok(()) | Err(_) => {}
    }
    Ok(ExitCode::from(exit_status))
}

fn answer(
    run: &Run,
    plan: &Plan,
    execution_id: &str,
    progress: &Progress,
) -> Result<Outcome, ProcessorError> {
    let logging = Logging::new(run.is_json(), progress, plan.redactor());
    let document = read(run).and_then(|bytes| plan.document(&bytes));
    let Checked { call, verdict } = plan.call(execution_id, document)?;
    let dispatch = logging.of(&call);
    let prepared = tracing::dispatcher::with_default(&dispatch, || {
        verdict.and_then(|()| {
            if run.build {
                progress.waits_for(format!("building {}", plan.entry().build.package));
            }
            plan.adapter(run)
        })
    });
    let adapter = match prepared {
        Ok(adapter) => adapter,
        Err(error) => {
            return Ok(tracing::dispatcher::with_default(&dispatch, || {
                refuse(&call, &error)
            }));
        }
    };
    progress.waits_for(format!(
        "waiting for {} ({}), at most {} s",
        run.processor_ref,
        call.mode.as_str(),
        call.timeout.as_secs_f64()
    ));
    Ok(runtime()?.block_on(async {
        let cancel = Cancel::listen()?;
        let forward = logging.forward(None);
        let invoked = adapter.invoke(&call, &cancel, &forward);
        Ok::<_, io::Error>(invoked.with_subscriber(dispatch).await)
    })?)
}

/// The document, from wherever it is.
fn read(run: &Run) -> Result<Vec<u8>, ProcessorError> {
    match (&run.source.inputs_json, &run.source.inputs) {
        (Some(json), _) => Ok(json.clone().into_bytes()),
        (None, Some(file)) => store::read_inputs(file.as_os_str(), Box::new(io::stdin())),
        (None, None) => store::read_inputs(OsStr::new("-"), Box::new(io::empty())), // clap has seen to it
    }
}
