//! What a batch reports on stderr while it goes on.

use std::fmt::Display;
use std::io::{self, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::report_error;
use crate::run::progress::Progress;
use crate::session::{ExitStatus, Session};

/// Where it is reported, and the first error that is in no line's envelope: no line is begun after it.
pub(super) struct Report {
    first_problem: Mutex<Option<anyhow::Error>>,
    progress: Progress,
    session: Session,
}

impl Report {
    pub(super) fn new(progress: &Progress, session: &Session) -> Self {
        Self {
            first_problem: Mutex::default(),
            progress: progress.clone(),
            session: session.clone(),
        }
    }

    /// Reports what a first Ctrl-C does while so many lines run.
    pub(super) fn interrupt(&self, running: usize) {
        let running = match running {
            0 => "none runs".to_owned(),
            1 => "the one that runs is waited for, and a second Ctrl-C cancels it".to_owned(),
            _ => format!("the {running} that run are waited for, and a second Ctrl-C cancels them"),
        };
        self.line(format_args!("no more lines are started; {running}"));
    }

    /// Takes an error that is in no line's envelope, and reports it if it is the first.
    pub(super) fn problem(&self, problem: anyhow::Error) {
        let mut first = self.first_problem();
        if first.is_some() {
            return;
        }
        if is_closed(&problem) {
            self.line("stdout was closed by its reader, so that no more lines are started");
        } else {
            self.progress
                .suspended(|| report_error::report(&problem, &self.session));
        }
        *first = Some(problem);
    }

    pub(super) fn has_problem(&self) -> bool {
        self.first_problem().is_some()
    }

    pub(super) fn take_problem(&self) -> Option<anyhow::Error> {
        self.first_problem().take()
    }

    fn first_problem(&self) -> MutexGuard<'_, Option<anyhow::Error>> {
        self.first_problem.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A line of its own.
    pub(super) fn line(&self, what: impl Display) {
        self.progress.suspended(|| {
            let _ = writeln!(self.session.err(), "{what}"); // there is nowhere left to report it
        });
    }
}

/// The exit status for such an error.
pub(super) fn exit_status(problem: &anyhow::Error) -> ExitStatus {
    // a reader that stopped is no error, but lines were left
    if is_closed(problem) {
        ExitStatus::FAILURE
    } else {
        report_error::exit_status(problem)
    }
}

fn is_closed(problem: &anyhow::Error) -> bool {
    problem
        .root_cause()
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
