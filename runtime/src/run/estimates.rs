//! Estimates of runs that are not made: inputs documents on stdin, one answer for each on stdout (`docs/spec.md#estimates`).

use std::cell::OnceCell;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use documents::estimate::Estimate;
use documents::inputs::{self, LARGEST};
use documents::{ErrorCode, Failure, Mode};
use logging::{Environment, Redactor};

use super::panics;
use super::supervise::Exit;
use super::whole_process;
use crate::checkpoint::Checkpoint;
use crate::config::Config;
use crate::contract::{Estimator, MakeEstimator};
use crate::error::ProcessorError;
use crate::inputs::Inputs;
use crate::interrupt::Interruption;
use crate::secrets_dir::SecretsDir;
use crate::settings::Settings;
use crate::signals::Signals;

/// What estimates need.
pub(super) struct Estimates {
    pub(super) make_estimator: Option<Arc<MakeEstimator>>,
    pub(super) environment: Environment,
    pub(super) redactor: Redactor,
    pub(super) settings: Settings,
    /// Made for the first run in real mode.
    pub(super) estimator: Option<Estimator>,
}

impl Estimates {
    /// Answers each line of stdin, until its end or a signal; returns the exit status.
    pub(super) fn run(
        mut self,
        stdin: Box<dyn Read + Send>,
        mut stdout: Box<dyn Write + Send>,
        signals: Signals,
        exit: Exit,
    ) -> u8 {
        let is_done = Arc::new(AtomicBool::new(false));
        let sender = signals.sender();
        std::thread::spawn({
            let is_done = Arc::clone(&is_done);
            move || {
                while !is_done.load(Ordering::Acquire) {
                    if let Some(signal) = signals.wait(None) {
                        return exit(ErrorCode::Cancelled(signal).exit_status()); // nothing is to be cleaned up
                    }
                }
            }
        });
        let answered = self.answer_all(BufReader::new(stdin), &mut *stdout);
        is_done.store(true, Ordering::Release);
        if let Ok(sender) = sender {
            sender.wake();
        }
        match answered {
            Ok(()) => 0,
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => 0, // nobody wants to know more
            Err(error) => {
                tracing::error!(%error, "estimates_ended");
                ErrorCode::Processor.exit_status()
            }
        }
    }

    fn answer_all(&mut self, mut stdin: impl BufRead, stdout: &mut dyn Write) -> io::Result<()> {
        let mut line = Vec::new();
        while let Some(is_whole) = read_line(&mut stdin, &mut line)? {
            let inputs = if is_whole {
                parse(&line)
            } else {
                Err(ProcessorError::inputs(format!(
                    "the line has more than {LARGEST} bytes"
                )))
            };
            let estimate = inputs.and_then(|inputs| self.estimate(inputs));
            let mut answer = serde_json::to_vec(&self.redacted(estimate))?;
            answer.push(b'\n');
            stdout.write_all(&answer)?;
            stdout.flush()?; // its reader may wait for it before it asks on
        }
        Ok(())
    }

    fn estimate(&mut self, inputs: Inputs) -> Result<Estimate, ProcessorError> {
        if let Some(error) = &self.settings.error {
            return Err(ProcessorError::new(error.code(), error.message()));
        }
        inputs.mode.guard(self.settings.ci)?;
        let of_model = |model| Estimate {
            model,
            ..Estimate::default()
        };
        let (Mode::Real, Some(make)) = (inputs.mode, self.make_estimator.clone()) else {
            return Ok(of_model(inputs.model));
        };
        if self.estimator.is_none() {
            let config = self.config();
            self.estimator = Some(panics::caught(|| Ok(make(config)))?);
        }
        let Some(estimator) = &mut self.estimator else {
            return Ok(of_model(inputs.model));
        };
        panics::caught(|| estimator(inputs))
    }

    /// What an estimator may use: it has no deadline, and cannot write.
    fn config(&self) -> Config {
        whole_process::protect();
        Config {
            secrets_dir: SecretsDir::from_environment(&self.environment),
            environment: self.environment.clone(),
            redactor: self.redactor.clone(),
            deadline: None,
            interruption: Interruption::new(None),
            is_cleaning_up: Arc::default(),
            scratch: None,
            checkpoint: Checkpoint {
                store: Box::new(NoCheckpoint),
                inputs_sha256: String::new(),
                processor_ref: self.settings.processor_ref.clone(),
            },
            tokio: OnceCell::new(),
        }
    }

    fn redacted(&self, estimate: Result<Estimate, ProcessorError>) -> Estimate {
        let text = |text: String| self.redactor.safe_text(&text);
        match estimate {
            Ok(estimate) => Estimate {
                model: estimate.model.map(text),
                provider: estimate.provider.map(text),
                api: estimate.api.map(text),
                prices: estimate.prices.map(text),
                unknown: estimate.unknown.into_iter().map(text).collect(),
                error: None,
                ..estimate
            },
            Err(error) => Estimate {
                error: Some(Failure::new(error.code(), text(error.message().to_owned()))),
                ..Estimate::default()
            },
        }
    }
}

fn parse(line: &[u8]) -> Result<Inputs, ProcessorError> {
    Ok(inputs::parse(line)?.into())
}

/// Replaces `line` by the next line, without its newline; whether all of it, as it may be larger than an inputs document. `None`
/// at the end.
fn read_line(stdin: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    line.clear();
    if stdin.take(LARGEST + 1).read_until(b'\n', line)? == 0 {
        return Ok(None);
    }
    if line.pop_if(|last| *last == b'\n').is_some() || line.len() as u64 <= LARGEST {
        return Ok(Some(true));
    }
    stdin.skip_until(b'\n')?;
    Ok(Some(false))
}

/// The checkpoint of nothing.
#[derive(Debug)]
struct NoCheckpoint;

impl store::Checkpoint for NoCheckpoint {
    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        Ok(None)
    }

    fn save(&self, _: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn clear(&self) -> io::Result<()> {
        Ok(())
    }
}
