//! Finds what a run starts, or builds it, and says which.

use std::io::Write as _;
use std::sync::Arc;

use super::options::Run;
use super::plan::Plan;
use super::progress::Progress;
use crate::adapter::Adapter;
use crate::error::Error;
use crate::local::EngineName;
use crate::session::Session;

/// Makes the adapter. Who builds writes to the terminal, which then shows nothing else.
///
/// # Errors
///
/// As [`Plan::adapter`].
pub(super) fn adapter(
    run: &Run,
    plan: &Plan,
    progress: &Progress,
    session: &Session,
) -> Result<Arc<dyn Adapter>, Error> {
    let package = &plan.entry().build.package;
    if !run.build {
        if run.engine != EngineName::Process {
            progress.waits_for(format!(
                "the image of {package}, which is pulled where it is not here"
            ));
        }
        return plan.adapter(run);
    }
    progress.hidden(|| {
        if !session.stderr.is_terminal {
            tracing::info!(package, "build_started");
        } else if !session.is_quiet() {
            writeln!(session.err(), "building {package}; the first time takes minutes")?;
        }
        plan.adapter(run)
    })
}
