//! Log lines (`docs/spec.md#logs`) without secrets (`docs/spec.md#redaction`); the environment and the clock of a run.

mod clock;
mod context;
mod environment;
mod fields;
mod layer;
pub mod proxies;
mod redact;
mod writer;

pub use clock::Clock;
pub use context::{ContextFields, LogContext, NO_ADAPTER};
pub use environment::Environment;
pub use layer::{JsonLayer, parse_level};
pub use redact::{LONGEST_TEXT, REDACTED, Redactor, steers};
pub use writer::LogWriter;
