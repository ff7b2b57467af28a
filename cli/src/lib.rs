//! The orchestrator `counterfoil`: runs processors by reference, and reads, checks and lists what they left.

mod adapter;
mod artifacts;
mod build;
mod call;
mod cancel;
mod cargo;
mod columns;
mod command;
mod completions;
mod doctor;
mod environment;
mod error;
mod execute;
mod find_program;
mod image;
mod local;
mod locate;
mod ls;
#[allow(dead_code, unused_imports, reason = "the commands that pin are still to come")]
mod oci;
mod paths;
mod printable;
mod proxies;
mod quantity;
mod registry;
mod report_error;
mod run;
mod scaffold;
mod session;
mod show;
mod usage;
mod verify;
mod workspace;

pub use command::run;
pub use environment::Environment;
pub use session::{ExitStatus, Stdio};
