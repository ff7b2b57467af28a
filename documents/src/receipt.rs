//! Receipts: the record of an execution, twice on disk (`docs/spec.md#receipts`).

mod document;
pub(crate) mod form;

pub use document::{Receipt, Rejected, Status};
pub use form::{Examined, examine};
