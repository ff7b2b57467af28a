//! What processors and the orchestrator log, and what keeps secrets out of it: JSON lines, redaction, environment and clock.

mod clock;
mod context;
mod environment;
mod fields;
mod layer;
#[cfg(test)]
mod properties;
pub mod proxies;
mod redact;
mod writer;

pub use clock::Clock;
pub use context::{ContextFields, LogContext, NO_ADAPTER};
pub use environment::Environment;
pub use layer::{JsonLayer, parse_level};
pub use redact::{REDACTED, Redactor};
pub use writer::LogWriter;
