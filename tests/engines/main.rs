//! Runs by real container engines. `COUNTERFOIL_TEST_ENGINES` names them (`docker,podman`), `COUNTERFOIL_TEST_REGISTRY` is a registry
//! of theirs without TLS, and `COUNTERFOIL_TEST_PROBE` the probe as a static binary; `.ci/engines` sets the first two. Without
//! them every test is skipped, and says so.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod engine;
#[path = "../counterfoil/parity/given.rs"]
mod given;
mod limits;
mod parity;
mod pulls;
mod registry;
mod secrets;
mod stops;
#[path = "../counterfoil/parity/table.rs"]
mod table;
mod users;
