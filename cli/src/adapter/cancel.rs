//! SIGINT and SIGTERM, passed on to whatever runs.

use documents::Signal;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// What has been asked of this process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The first signal: it is passed on, and what runs may end by itself.
    pub(crate) signal: Option<Signal>,
    /// A second one: nothing is waited for any longer.
    pub(crate) at_once: bool,
}

/// Tells every run of this process that it was told to stop.
#[derive(Clone, Debug)]
pub(crate) struct Cancel(watch::Receiver<Asked>);

impl Cancel {
    /// Takes over this process's signals; only inside a tokio runtime.
    pub(crate) fn listen() -> std::io::Result<Self> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let (sender, receiver) = watch::channel(Asked::default());
        tokio::spawn(async move {
            loop {
                let signal = tokio::select! {
                    Some(()) = interrupt.recv() => Signal::Interrupt,
                    Some(()) = terminate.recv() => Signal::Terminate,
                    else => return,
                };
                sender.send_modify(|asked| {
                    asked.at_once = asked.signal.is_some();
                    asked.signal.get_or_insert(signal);
                });
            }
        });
        Ok(Self(receiver))
    }

    /// What has been asked so far.
    pub(crate) fn asked(&self) -> Asked {
        *self.0.borrow()
    }

    /// Waits until more is asked than this; never ends where nothing more can be.
    pub(crate) async fn beyond(&self, seen: Asked) -> Asked {
        let mut receiver = self.0.clone();
        let more = receiver
            .wait_for(|asked| *asked != seen)
            .await
            .map(|asked| *asked);
        match more {
            Ok(asked) => asked,
            Err(_) => std::future::pending().await,
        }
    }
}
