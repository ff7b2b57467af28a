//! The orchestrator `counterfoil`: runs processors by reference, and reads, checks and lists what they left.

mod adapter;
mod artifacts;
mod binary;
mod build;
mod call;
mod command;
mod completions;
mod failure;
mod registry;
mod run;
mod usage;

pub use command::main;
