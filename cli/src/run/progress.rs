//! What people at a terminal see while runs go on: one line on stderr that is gone afterwards.

use std::fmt::Display;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::session::Session;

/// How often the line moves.
const TICK: Duration = Duration::from_millis(100);

/// The line, or nothing where stderr is no terminal.
#[derive(Clone, Debug)]
pub(crate) struct Progress(Option<ProgressBar>);

impl Progress {
    /// A line that waits for this.
    pub(crate) fn start(waits_for: impl Into<String>, session: &Session) -> Self {
        if !session.stderr.is_terminal {
            return Self(None);
        }
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {wide_msg}") {
            bar.set_style(style);
        }
        bar.set_message(waits_for.into());
        bar.enable_steady_tick(TICK);
        Self(Some(bar))
    }

    /// Waits for something else.
    pub(crate) fn waits_for(&self, what: impl Display) {
        if let Some(bar) = &self.0 {
            bar.set_message(what.to_string());
        }
    }

    /// Shows a bar from now on.
    pub(crate) fn begin_bar(&self, length: u64) {
        if let Some(bar) = &self.0 {
            bar.set_length(length);
            bar.set_message("");
            if let Ok(style) = ProgressStyle::with_template("{bar:20} {human_pos}/{human_len}{wide_msg}") {
                bar.set_style(style.progress_chars("██░"));
            }
        }
    }

    /// Moves the bar, and shows what comes after it.
    pub(crate) fn move_bar(&self, position: u64, rest: impl Display) {
        if let Some(bar) = &self.0 {
            bar.set_position(position);
            bar.set_message(rest.to_string());
        }
    }

    /// Whether anybody sees it.
    pub(crate) const fn is_shown(&self) -> bool {
        self.0.is_some()
    }

    /// Does something while the line is hidden.
    pub(crate) fn suspended<R>(&self, work: impl FnOnce() -> R) -> R {
        match &self.0 {
            Some(bar) => bar.suspend(work),
            None => work(),
        }
    }

    /// Takes the line away.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
