//! Signals that end this process, passed on to whatever runs.

use documents::Signal;
use logging::IgnoredSignals;
use tokio::signal::unix::{Signal as Receiver, SignalKind, signal};
use tokio::sync::watch;

/// What this process was requested to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Requested {
    /// Nothing new is begun.
    pub(crate) is_ending: bool,
    /// The first signal: it is passed on, and what runs may end by itself.
    pub(crate) signal: Option<Signal>,
    /// Another one after it: nothing is waited for any longer.
    pub(crate) at_once: bool,
}

/// What a first Ctrl-C does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FirstInterrupt {
    /// What runs is cancelled, as SIGTERM does it.
    Cancels,
    /// What runs ends by itself, and nothing new is begun.
    Ends,
}

impl Requested {
    fn add(&mut self, signal: Signal, first: FirstInterrupt) {
        let is_first = !self.is_ending;
        self.is_ending = true;
        if is_first && signal == Signal::Interrupt && first == FirstInterrupt::Ends {
            return;
        }
        self.at_once = self.signal.is_some();
        self.signal.get_or_insert(signal);
    }
}

/// Passes every run of this process the signals that it got.
#[derive(Clone, Debug)]
pub(crate) struct Cancel(watch::Receiver<Requested>);

impl Cancel {
    /// Takes over this process's signals; only inside a tokio runtime. SIGHUP, which comes when a terminal is closed, is as
    /// Ctrl-C, and SIGQUIT is as SIGTERM. Whoever had them ignored, as `nohup` does, does not want them.
    pub(crate) fn listen(first: FirstInterrupt) -> std::io::Result<Self> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let ignored = IgnoredSignals::of_process();
        let unless_ignored = |kind: SignalKind| {
            let is_wanted = !ignored.has(kind.as_raw_value());
            is_wanted.then(|| signal(kind)).transpose()
        };
        let mut hangup = unless_ignored(SignalKind::hangup())?;
        let mut quit = unless_ignored(SignalKind::quit())?;
        let (sender, receiver) = watch::channel(Requested::default());
        tokio::spawn(async move {
            loop {
                let signal = tokio::select! {
                    Some(()) = interrupt.recv() => Signal::Interrupt,
                    Some(()) = terminate.recv() => Signal::Terminate,
                    Some(()) = next(&mut hangup) => Signal::Interrupt,
                    Some(()) = next(&mut quit) => Signal::Terminate,
                    else => return,
                };
                sender.send_modify(|requested| requested.add(signal, first));
            }
        });
        Ok(Self(receiver))
    }

    /// No signals.
    #[cfg(test)]
    pub(crate) fn never() -> Self {
        Self(watch::channel(Requested::default()).1)
    }

    /// What has been requested so far.
    pub(crate) fn requested(&self) -> Requested {
        *self.0.borrow()
    }

    /// Waits until more is requested than this; never ends where nothing more can be.
    pub(crate) async fn beyond(&self, seen: Requested) -> Requested {
        let mut receiver = self.0.clone();
        let more = receiver
            .wait_for(|requested| *requested != seen)
            .await
            .map(|requested| *requested);
        match more {
            Ok(requested) => requested,
            Err(_) => std::future::pending().await,
        }
    }
}

/// Waits for a signal; for ever where there is none.
async fn next(signals: &mut Option<Receiver>) -> Option<()> {
    match signals {
        Some(signals) => signals.recv().await,
        None => std::future::pending().await,
    }
}
