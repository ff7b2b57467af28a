//! For tests only: runs a program as a process, and plays the services that it calls.
//!
//! ```no_run
//! use support::{Answer, Server, Test};
//!
//! let service = Server::always(Answer::new(200, r#"{"choices":[]}"#));
//! Test::processor("target/debug/llm-litellm")
//!     .inputs(r#"{"mode":"real"}"#)
//!     .env("OPENAI_BASE_URL", service.url("/v1"))
//!     .env("OPENAI_API_KEY", "sk-test")
//!     .run()
//!     .assert_success();
//! ```
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod answer;
mod batch;
mod cases;
mod cpu_time;
mod dir;
mod docker_registry;
mod finished;
mod golden;
mod paths;
mod processors;
mod registry;
mod server;
mod started;
mod strace;
mod test;
mod tls;

pub use answer::Answer;
pub use cases::check_all;
pub use cpu_time::cpu_time;
pub use dir::{Dir, copy_dir, files_below, make_fifo, set_mode, sha256};
pub use docker_registry::DockerRegistry;
pub use finished::{Finished, assert_chain, json_lines};
pub use registry::Registry;
pub use rustix::process::Signal;
pub use server::{Request, Server};
pub use started::{Started, kill, wait_until};
pub use strace::{
    Fault, Injection, Scope, all_faults, faults_at_changes, has_strace, inject, inject_in, skip,
};
pub use test::{EXECUTION_ID, PREFIX, Test};
pub use tls::Authority;
