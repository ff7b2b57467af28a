//! A processor about to be started, and how it is told to stop.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use documents::Signal;
use rustix::process::{Pid, kill_process_group};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tracing::instrument::WithSubscriber as _;

use super::engine::Engine;

/// The exit status by which an engine's client speaks of itself.
const CLIENT_FAILED: i32 = 125;

/// What to start, and how to reach it.
pub(crate) struct Launch {
    pub(crate) command: Command,
    pub(crate) reach: Reach,
}

/// Where signals go.
#[derive(Clone, Debug)]
pub(crate) enum Reach {
    /// The child and what it has started: its process group.
    Group,
    /// A container of this name: killing the client would leave it running.
    Container { engine: Engine, name: String },
}

impl Reach {
    /// Passes a signal on; what that takes is among the errands, and to be given up when the processor has ended.
    pub(crate) fn signal(&self, child: &Child, signal: Signal, errands: &mut JoinSet<()>) {
        match self {
            Self::Group => {
                if let Some(group) = group(child) {
                    let _ = kill_process_group(group, number(signal)); // gone: it has ended
                }
                tracing::info!(?signal, "cancel_passed_on");
            }
            Self::Container { engine, name } => {
                let (engine, name) = (*engine, name.clone());
                let errand = async move {
                    engine.signal(&name, signal).await;
                    tracing::info!(?signal, "cancel_passed_on");
                };
                errands.spawn(errand.with_current_subscriber());
            }
        }
    }

    /// Ends it, whatever it does.
    pub(crate) async fn kill(&self, child: &mut Child) {
        if let Self::Container { engine, name } = self {
            engine.remove(name).await;
        }
        if let Some(group) = group(child) {
            kill(group);
        }
        let _ = child.start_kill();
        if let Self::Container { engine, name } = self {
            engine.remove(name).await; // the client may have made it in between
        }
    }

    /// The group that a processor leads on this machine.
    pub(crate) fn group(&self, child: &Child) -> Option<Pid> {
        match self {
            Self::Group => group(child),
            Self::Container { .. } => None,
        }
    }

    /// Ends what goes on although the child has ended: a container outlives a client that was killed, or that the engine
    /// has hung up on.
    pub(crate) async fn clean_up(&self, status: ExitStatus) {
        if let Self::Container { engine, name } = self
            && matches!(status.code(), None | Some(CLIENT_FAILED))
        {
            engine.remove(name).await;
        }
    }

    /// The signal that ended a processor: an engine tells it as an exit status, 128 more. 130 and 143 are a processor's own.
    pub(crate) fn signal_of(&self, status: ExitStatus) -> Option<i32> {
        match (self, status.code()) {
            (Self::Container { .. }, Some(code @ 129..=159)) if code != 130 && code != 143 => {
                Some(code - 128)
            }
            (_, _) => status.signal(),
        }
    }

    /// How it ended, in words that are the same for every engine as far as they are of the processor.
    pub(crate) fn how(&self, status: ExitStatus) -> String {
        let of_client = match (self, status.code()) {
            (Self::Group, _) => None,
            (Self::Container { .. }, None) => {
                Some("the engine's client was killed, and the container with it")
            }
            (Self::Container { .. }, Some(CLIENT_FAILED)) => Some("the engine could not run the container"),
            (Self::Container { .. }, Some(126 | 127)) => {
                Some("the image has no processor that can be started")
            }
            (Self::Container { .. }, Some(_)) => None,
        };
        let (ending, of_processor) = match (self.signal_of(status), status.code()) {
            (Some(9), _) => ("signal 9".to_owned(), Some("killed, perhaps for want of memory")),
            (Some(signal), _) => (format!("signal {signal}"), None),
            (None, Some(code)) => (format!("exit status {code}"), None),
            (None, None) => ("an unknown status".to_owned(), None),
        };
        match of_client.or(of_processor) {
            Some(explained) => format!("{ending} ({explained})"),
            None => ending,
        }
    }
}

/// Every child leads a group of its own, so that Ctrl-C reaches it once, from here.
fn group(child: &Child) -> Option<Pid> {
    child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?))
}

/// Kills all of a group, if anything of it is left.
pub(crate) fn kill(group: Pid) {
    let _ = kill_process_group(group, rustix::process::Signal::KILL);
}

const fn number(signal: Signal) -> rustix::process::Signal {
    match signal {
        Signal::Interrupt => rustix::process::Signal::INT,
        Signal::Terminate => rustix::process::Signal::TERM,
    }
}
