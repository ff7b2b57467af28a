//! The orchestrator `counterfoil`: runs processors by reference, and reads, checks and lists what they left.

mod command;
mod completions;
mod failure;
mod registry;

pub use command::main;
