//! What people at a terminal see while runs go on: one line on stderr that is gone afterwards.

use std::fmt::{Display, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::pause::{CurrentPause, ShownPause};
use crate::session::Session;

/// How often the line moves.
const TICK: Duration = Duration::from_millis(100);

/// The line, or nothing where nobody would see it.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    pause: CurrentPause,
}

impl Progress {
    /// A line that waits for this. There is none with `--quiet`, and on a terminal that cannot move its cursor.
    pub(crate) fn start(waits_for: impl Into<String>, session: &Session) -> Self {
        let mut this = Self {
            bar: None,
            pause: CurrentPause::default(),
        };
        let is_dumb = session.environment.get("TERM").is_some_and(|term| term == "dumb");
        if !session.stderr.is_terminal || session.is_quiet() || is_dumb {
            return this;
        }
        let bar = ProgressBar::new_spinner();
        if let Some(style) = this.style("{spinner} {elapsed} {pause}{wide_msg}") {
            bar.set_style(style);
        }
        bar.set_message(waits_for.into());
        bar.enable_steady_tick(TICK);
        this.bar = Some(bar);
        this
    }

    fn style(&self, template: &str) -> Option<ProgressStyle> {
        let pause = self.pause.clone();
        let write = move |_: &ProgressState, f: &mut dyn Write| pause.write(f);
        Some(
            ProgressStyle::with_template(template)
                .ok()?
                .with_key("pause", write),
        )
    }

    /// Waits for something else.
    pub(crate) fn waits_for(&self, what: impl Display) {
        if let Some(bar) = &self.bar {
            bar.set_message(what.to_string());
        }
    }

    /// Shows a bar from now on.
    pub(crate) fn begin_bar(&self, length: u64) {
        if let Some(bar) = &self.bar {
            bar.set_length(length);
            bar.set_message("");
            if let Some(style) = self.style("{bar:20} {human_pos}/{human_len}  {pause}{wide_msg}") {
                bar.set_style(style.progress_chars("██░"));
            }
        }
    }

    /// Moves the bar, and shows what comes after it.
    pub(crate) fn move_bar(&self, position: u64, rest: impl Display) {
        if let Some(bar) = &self.bar {
            bar.set_position(position);
            bar.set_message(rest.to_string());
        }
    }

    /// Shows a pause as long as it lasts, or none.
    pub(crate) fn pause(&self, pause: Option<ShownPause>) {
        let begins = self.pause.set(pause);
        if let Some(bar) = self.bar.as_ref().filter(|_| begins) {
            bar.force_draw(); // a tick may come too late for a short one
        }
    }

    /// Whether anybody sees it.
    pub(crate) const fn is_shown(&self) -> bool {
        self.bar.is_some()
    }

    /// Does something while the line is hidden.
    pub(crate) fn suspended<R>(&self, work: impl FnOnce() -> R) -> R {
        match &self.bar {
            Some(bar) => bar.suspend(work),
            None => work(),
        }
    }

    /// The same for work that takes long, and that may itself use the line: another program has the terminal meanwhile.
    pub(crate) fn hidden<R>(&self, work: impl FnOnce() -> R) -> R {
        if let Some(bar) = &self.bar {
            bar.disable_steady_tick();
            bar.finish_and_clear();
        }
        let result = work();
        if let Some(bar) = &self.bar {
            bar.reset();
            bar.enable_steady_tick(TICK);
        }
        result
    }

    /// Takes the line away.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
