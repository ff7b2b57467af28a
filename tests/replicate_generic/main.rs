//! `replicate/generic@1` as a process, in mock mode and against a scripted service.

mod mock;
mod real;
