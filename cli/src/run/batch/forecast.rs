//! A second pass over a batch, before anything of it is run: its processor says what each line would ask, what it costs at
//! most, and why it would be refused.

use std::process::Child;
use std::sync::mpsc::channel;
use std::sync::{Mutex, PoisonError};
use std::thread;

use documents::estimate::Estimate;
use documents::{ErrorCode, Mode};

use super::asking::{Questions, Trouble, answers};
use super::inspect::Inspected;
use super::problems::Problems;
use super::sums::{Asked, Sums};
use crate::adapter::Adapter;
use crate::error::Error;
use crate::execute::earlier_success;
use crate::state::State as Standing;

/// A line that the processor is asked about.
struct Question {
    number: u64,
    asked: Asked,
    /// Whether `--limit` lets it run.
    is_within_limit: bool,
    /// Whether a run of it never ended, and may have been paid for.
    may_be_paid: bool,
}

/// What the lines come to.
struct Found {
    sums: Sums,
    problems: Problems,
}

impl Found {
    fn add(&mut self, question: &Question, estimate: Option<&Estimate>) {
        let failure = estimate.and_then(|estimate| estimate.error.as_ref());
        let error = failure.map(|failure| {
            let code = failure.code.parse().unwrap_or(ErrorCode::Processor);
            Error::new(code, failure.message.clone())
        });
        match error {
            None => self.count(question, estimate),
            Some(error) => match error.code() {
                ErrorCode::Inputs | ErrorCode::Mode => self.problems.add(question.number, &error),
                ErrorCode::MissingSecret | ErrorCode::Usage | ErrorCode::CiSafety => {
                    self.problems.add_around(question.number, &error);
                }
                // the estimate has failed, and the run may succeed
                _ => {
                    let failed = Estimate {
                        unknown: vec![error.message()],
                        ..Estimate::default()
                    };
                    self.count(question, Some(&failed));
                }
            },
        }
    }

    fn count(&mut self, question: &Question, estimate: Option<&Estimate>) {
        if question.is_within_limit {
            if question.may_be_paid {
                self.sums.add_unknown_whether_paid(question.number);
            }
            self.sums.add(&question.asked, estimate);
        }
    }
}

/// Sums up what a batch would run. Lines in mock mode, and those that are done, are not asked about.
///
/// # Errors
///
/// Those of a survey, for lines that the processor would refuse; those of its start, and of a file that has changed since.
pub(super) fn forecast(inspected: &Inspected, adapter: Option<&dyn Adapter>) -> Result<Sums, Error> {
    let Inspected { plan, file, name, .. } = inspected;
    let entry = plan.entry();
    let found = Mutex::new(Found {
        sums: Sums::new(&name.text, &entry.processor_ref),
        problems: Problems::default(),
    });
    let with_found = |change: &dyn Fn(&mut Found)| {
        change(&mut found.lock().unwrap_or_else(PoisonError::into_inner));
    };
    let call = plan.call_of_estimates()?;
    let adapter = adapter.filter(|_| inspected.has_real);
    let mut process = adapter.map(|adapter| adapter.estimator(&call)).transpose()?;
    let (send, questions) = channel();
    let pipes = process
        .as_mut()
        .and_then(|process| Some((process.child.stdin.take()?, process.child.stdout.take()?)));
    let (stdin, stdout) = pipes.unzip();
    let (read, trouble) = thread::scope(|scope| {
        let answers = stdout.map(|stdout| {
            let take = |question: Question, estimate: Option<Estimate>| {
                with_found(&|found| found.add(&question, estimate.as_ref()));
            };
            scope.spawn(move || answers(stdout, &questions, take))
        });
        let mut to = stdin.map(|stdin| Questions::new(stdin, send));
        let read = each_line(inspected, |line, document| match (line, &mut to) {
            (State::Done(asked), _) => with_found(&|found| found.sums.add_done(&asked)),
            (State::Left(question), Some(to)) if question.asked.mode == Mode::Real => {
                to.ask(question, document);
            }
            (State::Left(question), _) => with_found(&|found| found.add(&question, None)),
        });
        drop(to); // the processor ends, and its answers with it
        (read, answers.and_then(|answers| answers.join().ok()).flatten())
    });
    if let Some(mut process) = process {
        end(&mut process.child, trouble.is_some());
    }
    read?;
    let Found { mut sums, problems } = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    problems.into_result(file, None)?;
    sums.not_asked = trouble.map(|trouble| format!("{} {}", entry.build.package, why(trouble)));
    Ok(sums)
}

enum State {
    Done(Asked),
    Left(Question),
}

/// Calls a function with each line and its inputs document.
fn each_line(inspected: &Inspected, mut take: impl FnMut(State, &[u8])) -> Result<(), Error> {
    let Inspected {
        plan, reading, name, ..
    } = inspected;
    let mut lines = reading.lines(&inspected.file)?;
    for (index, id) in inspected.ids.all().enumerate() {
        let Some((line, bytes)) = lines.next()? else {
            break; // the run will see that the file has changed
        };
        let document = reading.reader.document(&bytes)?;
        let document = plan.document(reading.reader.read(&document)?.inputs)?;
        let asked = Asked::new(document.mode, &document.service.model, &document.params);
        let is_within_limit = index < inspected.ids.left();
        let call = plan.unchecked_call(&id.in_batch(&name.text), document)?;
        let is_done = inspected.is_begun && earlier_success(plan.store(), &call).is_some();
        match (is_done, is_within_limit) {
            (true, true) => take(State::Done(asked), &[]),
            (true, false) => {}
            (false, is_within_limit) => {
                let state = inspected
                    .is_begun
                    .then(|| Standing::without_receipt(plan.store(), &call.execution_id));
                let question = Question {
                    number: line.number,
                    asked,
                    is_within_limit,
                    may_be_paid: state == Some(Standing::UnknownWhetherPaid),
                };
                take(State::Left(question), &call.document);
            }
        }
    }
    Ok(())
}

fn end(child: &mut Child, at_once: bool) {
    if at_once {
        let _ = child.kill(); // it may have ended
    }
    let _ = child.wait();
}

const fn why(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Unknown => "is of an earlier version, which gives no estimates",
        Trouble::Ended => "ended before it had estimated all lines",
        Trouble::NoEstimate => "answered with something that is no estimate",
    }
}
