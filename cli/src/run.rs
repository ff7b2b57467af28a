//! `counterfoil run`.

mod answer;
mod attach;
mod batch;
mod format;
mod logging;
mod named_files;
mod options;
mod pause;
mod plan;
mod prepare;
mod progress;
mod runtime;
mod save;
mod save_dir;
mod schema;
mod service;
mod short_log;
mod single;
mod summary;

use documents::ErrorCode;

use crate::call::Outcome;
use crate::error::Error;
use crate::session::{ExitStatus, Session};
use options::AdapterName;
pub(crate) use options::{ABOUT, NAMES, Run};

/// Runs the processor that the options name.
pub(crate) fn run(options: &Run, session: &Session) -> anyhow::Result<ExitStatus> {
    match (options.adapter, &options.source.batch) {
        (AdapterName::Modal, _) => refuse_modal(options, session),
        (AdapterName::Local, Some(file)) => batch::run(options, file, session),
        (AdapterName::Local, None) => single::run(options, session),
    }
}

fn refuse_modal(options: &Run, session: &Session) -> anyhow::Result<ExitStatus> {
    let error = Error::new(ErrorCode::Usage, "this version has no adapter modal")
        .hint("run it on this machine with --adapter local");
    if options.has_envelope(session) {
        let id = options.execution_id.as_deref().unwrap_or_default();
        Outcome::error(id, &error, &Default::default()).print(session)?;
    }
    Err(error.into())
}
