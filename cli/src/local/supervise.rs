//! A child process from its start to its end.

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use documents::ErrorCode;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use tracing::instrument::WithSubscriber as _;

use super::inputs_file;
use super::launch::{self, Launch};
use super::shortage;
use super::stderr::{self, Tail};
use crate::adapter::{End, Reply, RunContext};
use crate::call::Call;
use crate::cancel::Requested;
use crate::error::Error;

/// The longest answer: more is no envelope.
const LONGEST_ANSWER: usize = 64 * 1024 * 1024;
/// How much of an answer is read at once.
const BUFFER: usize = 16 * 1024;
/// The time beyond its own that a processor has to write its receipt: the runtime waits 1 second for a provider to return.
const GRACE: Duration = Duration::from_secs(2);
/// After a signal: the runtime allows a provider 5 seconds to clean up.
const SIGNAL_GRACE: Duration = Duration::from_secs(7);
/// How long the pipes of a child that has ended may stay open.
const DRAIN: Duration = Duration::from_millis(500);

/// Starts a processor with its inputs, and waits for its end.
///
/// # Errors
///
/// `ERR_ADAPTER_INVOCATION` where it cannot be started, and `ERR_CANCELLED` after a signal.
pub(super) async fn run(mut launch: Launch, call: &Call, run: &RunContext) -> Result<Reply, Error> {
    let mut requested = run.cancel.requested();
    if let Some(signal) = requested.signal {
        return Err(documents::Error::cancelled(signal).into());
    }
    // without its directory: documents hold no path of a machine
    let program = Path::new(launch.command.as_std().get_program());
    let program = program
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let not_started = |cause: io::Error| {
        let message = format!("{program} cannot be started: {cause}");
        let error = Error::new(ErrorCode::AdapterInvocation, message)
            .hint("`counterfoil doctor` shows what is there");
        shortage::explained(error, &cause)
    };
    let inputs = inputs_file::holding(&call.document).map_err(not_started)?;
    let mut child = launch
        .command
        .stdin(inputs)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(not_started)?;
    let started = Instant::now();
    let group = launch.handle.group(&child);

    let tail = Tail::default();
    let answer = Answer::default();
    let mut stdout = tokio::spawn(read_answer(child.stdout.take(), Arc::clone(&answer)));
    let mut is_read = false;
    let stderr = child.stderr.take();
    let mut stderr = tokio::spawn({
        let (log, tail) = (Arc::clone(&run.log), tail.clone());
        let read = async move {
            if let Some(stderr) = stderr {
                stderr::read(stderr, log, tail).await;
            }
        };
        read.with_current_subscriber()
    });

    let mut deadline = started
        .checked_add(call.timeout)
        .and_then(|at| at.checked_add(GRACE));
    let mut killed = None;
    let mut signals = JoinSet::new(); // beside the loop: an engine that hangs does not delay a second signal
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
                if let Ok(true) = read && killed.is_none() {
                    killed = Some(End::Endless);
                    launch.handle.kill(&mut child).await;
                }
            }
            more = run.cancel.beyond(requested) => {
                requested = more;
                if let Requested { signal: Some(signal), at_once, .. } = requested && killed.is_none() {
                    if at_once {
                        killed = Some(End::Cancelled(signal));
                        launch.handle.kill(&mut child).await;
                    } else {
                        launch.handle.signal(&child, signal, &mut signals);
                        let latest = Instant::now() + SIGNAL_GRACE;
                        deadline = Some(deadline.map_or(latest, |deadline| deadline.min(latest)));
                    }
                }
            }
            () = late => {
                killed = Some(requested.signal.map_or(End::TimedOut, End::Cancelled));
                launch.handle.kill(&mut child).await;
            }
        }
    };
    signals.abort_all();
    let status = status.map_err(not_started)?;
    let out_of_memory = killed.is_none() && launch.handle.clean_up(status).await;
    drop(launch.secrets.take()); // nobody reads them any more
    // what the child has started and left is killed, and closes its pipes; what escapes that is not waited for
    if let Some(group) = group {
        launch::kill(group);
    }
    let drained = async {
        if !is_read && let Ok(true) = (&mut stdout).await {
            killed.get_or_insert(End::Endless);
        }
        let _ = (&mut stderr).await;
    };
    let _ = timeout(DRAIN, drained).await;
    stdout.abort();
    stderr.abort();
    let stdout = std::mem::take(&mut *answer.lock().unwrap_or_else(PoisonError::into_inner));
    if killed.is_none() && stdout.is_empty() {
        killed = requested.signal.map(End::Cancelled); // it was stopped before it could answer
    }
    let exited = match (status.code(), launch.handle.signal_of(status)) {
        (Some(status), None) => End::Exited(status),
        (_, _) if launch.handle.is_killed(status) => End::Killed,
        (_, _) => End::Crashed,
    };
    let stderr = tail.text(&call.redactor);
    let memory = call.entry.runtime.memory.as_str();
    Ok(Reply {
        stdout,
        end: killed.unwrap_or(exited),
        description: launch.handle.describe(status, memory, out_of_memory, &stderr),
        stderr,
    })
}

/// What a processor has said so far.
type Answer = Arc<Mutex<Vec<u8>>>;

/// Reads an answer to its end; returns whether it is too long.
async fn read_answer(stdout: Option<impl AsyncRead + Unpin>, answer: Answer) -> bool {
    let Some(mut stdout) = stdout else { return false };
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = match stdout.read(&mut buffer).await {
            Ok(0) | Err(_) => return false,
            Ok(length) => buffer.get(..length).unwrap_or_default(),
        };
        let mut answer = answer.lock().unwrap_or_else(PoisonError::into_inner);
        answer.extend_from_slice(read);
        if answer.len() > LONGEST_ANSWER {
            return true;
        }
    }
}
