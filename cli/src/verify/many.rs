//! Many executions, verified at once and summed up.

use std::ffi::{OsStr, OsString};
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::{io, thread};

use documents::receipt::Status;

use super::chain;
use super::report::Report;
use super::text;
use super::twin::Twins;
use crate::artifacts::ArtifactsOption;
use crate::environment::Environment;
use crate::locate;
use crate::printable::json_line;
use crate::quantity::grouped;
use crate::state::State;

/// How many are verified before their reports are printed, in their order.
const AT_ONCE: usize = 1024;

/// What is to be verified, and how it is reported.
pub(super) struct Many<'a> {
    pub(super) named: &'a [OsString],
    pub(super) is_strict: bool,
    /// Print only what is not verified.
    pub(super) is_quiet: bool,
    pub(super) is_json: bool,
    pub(super) artifacts: &'a ArtifactsOption,
    pub(super) environment: &'a Environment,
}

/// What a verification of many comes to.
#[derive(Debug, Default)]
pub(super) struct Sum {
    verified: u64,
    /// Those among them whose receipts record a failure.
    failures: u64,
    not_verified: u64,
}

impl Many<'_> {
    /// Verifies them all, and prints each report.
    ///
    /// # Errors
    ///
    /// Those of `print`.
    pub(super) fn verify(&self, print: impl Fn(&str) -> io::Result<()>) -> io::Result<Sum> {
        let twins = Twins::of_many_in(self.artifacts.dir(self.environment).to_owned());
        let mut sum = Sum::default();
        for some in self.named.chunks(AT_ONCE) {
            for report in self.reports(some, &twins) {
                sum.add(&report);
                if self.is_quiet && report.verified {
                    continue;
                }
                print(&if self.is_json {
                    json_line(&report)? + "\n"
                } else {
                    text::render_short(&report)
                })?;
            }
        }
        Ok(sum)
    }

    /// The reports of some, in their order.
    fn reports(&self, named: &[OsString], twins: &Twins) -> Vec<Report> {
        let next = AtomicUsize::new(0);
        let done = Mutex::new(Vec::with_capacity(named.len()));
        let work = || {
            while let position = next.fetch_add(1, Ordering::Relaxed)
                && let Some(one) = named.get(position)
            {
                let report = self.report(one, twins);
                let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                done.push((position, report));
            }
        };
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        thread::scope(|scope| {
            for _ in 1..threads.min(named.len()) {
                let _ = thread::Builder::new().spawn_scoped(scope, work); // this thread does it all if need be
            }
            work();
        });
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_by_key(|(position, _)| *position);
        done.into_iter().map(|(_, report)| report).collect()
    }

    fn report(&self, named: &OsStr, twins: &Twins) -> Report {
        let why = match locate::receipt(named, self.artifacts, self.environment) {
            Ok(located) => return chain::examine(&located, None, self.is_strict, twins),
            Err(error) => match locate::without_receipt(named, self.artifacts, self.environment) {
                Some((id, artifacts)) => {
                    let state = State::without_receipt(&*artifacts, &id);
                    format!("there is no receipt: the run is {state}")
                }
                None => format!("{error:#}"),
            },
        };
        Report::without_receipt(&named.to_string_lossy(), why)
    }
}

impl Sum {
    fn add(&mut self, report: &Report) {
        let is_failure = report.verified && report.status == Some(Status::Error);
        self.verified += u64::from(report.verified);
        self.failures += u64::from(is_failure);
        self.not_verified += u64::from(!report.verified);
    }

    pub(super) const fn is_verified(&self) -> bool {
        self.not_verified == 0
    }

    /// The last line, with its newline.
    pub(super) fn line(&self) -> String {
        let all = self.verified + self.not_verified;
        let noun = if all == 1 { "run" } else { "runs" };
        let mut line = format!("{} {noun}: {} verified", grouped(all), grouped(self.verified));
        if self.failures > 0 {
            line += &format!(" (of {} the receipt records a failure)", grouped(self.failures));
        }
        if self.not_verified > 0 {
            line += &format!(", {} not verified", grouped(self.not_verified));
        }
        line + "\n"
    }
}
