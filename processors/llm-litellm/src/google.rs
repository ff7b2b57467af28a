//! Google Cloud: where Vertex AI is, and the accounts that it knows.

pub(crate) mod account;
mod assertion;
pub(crate) mod location;
pub(crate) mod partners;
mod token;
