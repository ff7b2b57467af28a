//! Addresses and signatures of AWS's services.

pub(crate) mod region;
pub(crate) mod signer;
