//! The orchestrator `counterfoil`: runs processors by reference, and reads, checks and lists what they left.

mod adapter;
mod artifacts;
mod binary;
mod build;
mod call;
mod command;
mod completions;
mod doctor;
mod failure;
mod locate;
mod ls;
mod paths;
mod printable;
mod proxies;
mod quantity;
mod registry;
mod run;
mod scaffold;
mod show;
mod usage;
mod verify;
mod workspace;

pub use command::main;
