//! The signals that cancel a run.

/// A signal that cancels a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// SIGINT, as Ctrl-C sends.
    Interrupt,
    /// SIGTERM, as container engines send.
    Terminate,
}
