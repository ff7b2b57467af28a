//! The orchestrator `counterfoil`: runs processors by reference, and reads, checks and lists what they left.

mod artifacts;
mod command;
mod completions;
mod failure;
mod locate;
mod ls;
mod printable;
mod quantity;
mod registry;
mod show;
mod verify;

pub use command::main;
