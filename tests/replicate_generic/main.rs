//! `replicate/generic@1` as a process, in mock mode and against a service on loopback that plays Replicate's part.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod assets;
mod checked;
mod empty;
mod estimates;
mod exchanges;
mod extensions;
mod failures;
mod final_status;
mod inline;
mod interruption;
mod listed;
mod mock;
mod nearly_json;
mod picked_up;
mod references;
mod retries;
mod safety;
mod secrets;
mod service;
mod success;
mod uploads;
