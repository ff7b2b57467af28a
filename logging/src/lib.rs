//! Log lines (`docs/spec.md#logs`) without secrets (`docs/spec.md#redaction`); the environment, the clock and the ignored signals of a run.

mod clock;
mod context;
mod environment;
mod fields;
mod ignored_signals;
mod layer;
pub mod proxies;
mod redact;
mod writer;

pub use clock::Clock;
pub use context::{ContextFields, LogContext, NO_ADAPTER};
pub use environment::Environment;
pub use ignored_signals::IgnoredSignals;
pub use layer::{JsonLayer, parse_level};
pub use redact::{LONGEST_TEXT, REDACTED, Redactor, steers};
pub use writer::LogWriter;
