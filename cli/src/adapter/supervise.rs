//! A processor's process from its start to its end.

use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use documents::{Error as ProcessorError, ErrorCode, Signal};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use super::cancel::{Asked, Cancel};
use super::launch::{self, Launch, Reach};
use super::stderr::{self, Forward, Tail};
use crate::call::Call;

/// The longest answer: more is no envelope.
const LONGEST_ANSWER: usize = 64 * 1024 * 1024;
/// How much of an answer is read at once.
const BUFFER: usize = 16 * 1024;
/// What a processor has, beyond the time that it may take, to write its receipt: the runtime gives a provider 1 second
/// to come back.
const GRACE: Duration = Duration::from_secs(2);
/// After a signal: the runtime gives a provider 5 seconds to clean up.
const SIGNAL_GRACE: Duration = Duration::from_secs(7);
/// How long the pipes of a child that has ended may stay open.
const DRAIN: Duration = Duration::from_millis(500);

/// A process that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Tail,
    /// Why it was killed, if it was.
    pub(crate) killed: Option<Killed>,
    pub(crate) reach: Reach,
}

/// Why a process did not end by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Killed {
    Timeout,
    Signal(Signal),
    /// It answered, and went on answering, beyond [`LONGEST_ANSWER`].
    Endless,
}

/// What a processor is told of its time: a little less than it has.
pub(crate) fn told(allowed: Duration) -> Duration {
    allowed - (allowed / 10).min(Duration::from_secs(4))
}

/// Starts a processor, gives it its inputs, and waits for its end.
///
/// # Errors
///
/// `ERR_ADAPTER_INVOCATION` where it cannot be started; `ERR_CANCELLED` where it was not to be any more.
pub(crate) async fn run(
    mut launch: Launch,
    call: &Call,
    cancel: &Cancel,
    forward: &Arc<Forward>,
) -> Result<Ended, ProcessorError> {
    let mut asked = cancel.asked();
    if let Some(signal) = asked.signal {
        return Err(ProcessorError::cancelled(signal));
    }
    // without its folder: documents hold no path of a machine
    let program = Path::new(launch.command.as_std().get_program());
    let program = program
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let not_started = |error: io::Error| {
        ProcessorError::new(
            ErrorCode::AdapterInvocation,
            format!("{program} cannot be started: {error}; `counterfoil doctor` tells what is there"),
        )
    };
    let mut child = launch
        .command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(not_started)?;
    let started = Instant::now();
    let group = launch.reach.group(&child);

    let tail = Tail::default();
    if let Some(mut stdin) = child.stdin.take() {
        let document = call.document.clone();
        tokio::spawn(async move { stdin.write_all(&document).await }); // who ends early does not read it
    }
    let answer = Answer::default();
    let mut stdout = tokio::spawn(read_answer(child.stdout.take(), answer.clone()));
    let mut is_read = false;
    let stderr = child.stderr.take();
    let mut stderr = tokio::spawn({
        let (forward, tail) = (Arc::clone(forward), tail.clone());
        async move {
            if let Some(stderr) = stderr {
                stderr::read(stderr, forward, tail).await;
            }
        }
    });

    let mut deadline = started
        .checked_add(call.timeout)
        .and_then(|at| at.checked_add(GRACE));
    let mut killed = None;
    let mut errands = JoinSet::new(); // beside the loop, so that an engine that hangs keeps no second signal waiting
    let status = loop {
        let late = async {
            match deadline {
                Some(deadline) if killed.is_none() => sleep_until(deadline).await,
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            status = child.wait() => break status,
            read = &mut stdout, if !is_read => {
                is_read = true;
                if let Ok(Read::TooMuch) = read && killed.is_none() {
                    killed = Some(Killed::Endless);
                    launch.reach.kill(&mut child).await;
                }
            }
            more = cancel.beyond(asked) => {
                asked = more;
                if let Asked { signal: Some(signal), at_once } = asked && killed.is_none() {
                    if at_once {
                        killed = Some(Killed::Signal(signal));
                        launch.reach.kill(&mut child).await;
                    } else {
                        launch.reach.signal(&child, signal, &mut errands);
                        let latest = Instant::now() + SIGNAL_GRACE;
                        deadline = Some(deadline.map_or(latest, |deadline| deadline.min(latest)));
                    }
                }
            }
            () = late => {
                killed = Some(asked.signal.map_or(Killed::Timeout, Killed::Signal));
                launch.reach.kill(&mut child).await;
            }
        }
    };
    errands.abort_all();
    let status = status.map_err(not_started)?;
    if killed.is_none() {
        launch.reach.clean_up(status).await;
    }
    // what the child has started and left ends with it, and lets go of its pipes; what hides from that is not waited for
    if let Some(group) = group {
        launch::kill(group);
    }
    let drained = async {
        if !is_read && let Ok(Read::TooMuch) = (&mut stdout).await {
            killed.get_or_insert(Killed::Endless);
        }
        let _ = (&mut stderr).await;
    };
    let _ = timeout(DRAIN, drained).await;
    stdout.abort();
    stderr.abort();
    let stdout = answer.take();
    if killed.is_none() && stdout.is_empty() {
        killed = asked.signal.map(Killed::Signal); // it was stopped before it could say so
    }
    Ok(Ended {
        status,
        stdout,
        stderr: tail,
        killed,
        reach: launch.reach,
    })
}

/// What a processor has said so far, and that is judged as it is.
#[derive(Clone, Default)]
struct Answer(Arc<Mutex<Vec<u8>>>);

/// How the reading of an answer ended.
enum Read {
    Whole,
    TooMuch,
}

impl Answer {
    /// Takes more of it; gives its length.
    fn push(&self, bytes: &[u8]) -> usize {
        let mut answer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answer.extend_from_slice(bytes);
        answer.len()
    }

    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn read_answer(stdout: Option<impl AsyncRead + Unpin>, answer: Answer) -> Read {
    let Some(mut stdout) = stdout else {
        return Read::Whole;
    };
    let mut buffer = vec![0; BUFFER];
    loop {
        let length = match stdout.read(&mut buffer).await {
            Ok(0) | Err(_) => return Read::Whole,
            Ok(length) => length,
        };
        if answer.push(buffer.get(..length).unwrap_or_default()) > LONGEST_ANSWER {
            return Read::TooMuch;
        }
    }
}
