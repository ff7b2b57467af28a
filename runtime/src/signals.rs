//! The signals that end a run. The supervisor waits on a socket, to which signals and the worker write.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use documents::Signal;
use logging::IgnoredSignals;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXFSZ};

/// Receives the signals of a run.
#[derive(Debug)]
pub struct Signals {
    reader: UnixStream,
    sender: SignalSender,
}

/// Wakes the supervisor, with a signal or without.
#[derive(Debug)]
pub struct SignalSender {
    writer: UnixStream,
    /// The last signal that the supervisor has not taken yet, or 0.
    signal: Arc<AtomicUsize>,
}

impl Signals {
    /// Only the signals that a [`SignalSender`] raises.
    ///
    /// # Errors
    ///
    /// Those of making a pair of sockets.
    pub fn none() -> io::Result<Self> {
        let (reader, writer) = UnixStream::pair()?;
        reader.set_nonblocking(true)?;
        writer.set_nonblocking(true)?;
        Ok(Self {
            reader,
            sender: SignalSender {
                writer,
                signal: Arc::default(),
            },
        })
    }

    /// The SIGINT and SIGTERM of this process, from here to its end, and its SIGHUP and SIGQUIT, which count as SIGTERM, unless
    /// whoever started it has them ignored, as `nohup` does. Process 1 of a container gets none of them without a handler. SIGXFSZ
    /// no longer ends it: a file beyond `ulimit -f` is an error of the write.
    ///
    /// # Errors
    ///
    /// Those of making a pair of sockets and of `sigaction`.
    pub fn process() -> io::Result<Self> {
        let signals = Self::none()?;
        let ignored = IgnoredSignals::of_process();
        let unless_ignored = [SIGHUP, SIGQUIT].into_iter();
        let unless_ignored = unless_ignored.filter(|signal| !ignored.has(*signal));
        for signal in [SIGINT, SIGTERM].into_iter().chain(unless_ignored) {
            let number = usize::try_from(signal).unwrap_or_default();
            // the number first: whoever wakes up reads it
            signal_hook::flag::register_usize(signal, Arc::clone(&signals.sender.signal), number)?;
            signal_hook::low_level::pipe::register(signal, signals.sender.writer.try_clone()?)?;
        }
        signal_hook::flag::register(SIGXFSZ, Arc::default())?;
        Ok(signals)
    }

    /// A handle that raises signals.
    ///
    /// # Errors
    ///
    /// Those of duplicating a descriptor.
    pub fn sender(&self) -> io::Result<SignalSender> {
        Ok(SignalSender {
            writer: self.sender.writer.try_clone()?,
            signal: Arc::clone(&self.sender.signal),
        })
    }

    /// Waits for a signal or a wake-up, at most this long; returns the signal, if it was one.
    pub(crate) fn wait(&self, at_most: Option<Duration>) -> Option<Signal> {
        if let Some(signal) = self.take() {
            return Some(signal);
        }
        let timeout = at_most.map(|at_most| {
            Timespec::try_from(at_most).unwrap_or(Timespec {
                tv_sec: i64::from(i32::MAX),
                tv_nsec: 0,
            })
        });
        let mut fds = [PollFd::new(&self.reader, PollFlags::IN)];
        let _ = poll(&mut fds, timeout.as_ref()); // an interrupted wait only ends earlier
        while matches!((&self.reader).read(&mut [0; 64]), Ok(1..)) {}
        self.take()
    }

    fn take(&self) -> Option<Signal> {
        match self.sender.signal.swap(0, Ordering::AcqRel) {
            0 => None,
            number if i32::try_from(number) == Ok(SIGINT) => Some(Signal::Interrupt),
            _ => Some(Signal::Terminate),
        }
    }
}

impl SignalSender {
    /// Has the effect of this signal.
    pub fn raise(&self, signal: Signal) {
        let number = match signal {
            Signal::Interrupt => SIGINT,
            Signal::Terminate => SIGTERM,
        };
        self.signal
            .store(usize::try_from(number).unwrap_or_default(), Ordering::Release);
        self.wake();
    }

    pub(crate) fn wake(&self) {
        let _ = (&self.writer).write(&[0]); // a full socket wakes it, too
    }
}
