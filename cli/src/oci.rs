//! Images as registries have them, and how to talk to a registry.

mod content;
mod credentials;
pub(crate) mod digest;
mod manifest;
mod platform;
mod reference;
mod remote;
mod repository;

pub(crate) use content::Content;
pub(crate) use platform::Platform;
pub(crate) use reference::{Reference, Tag, split};
pub(crate) use remote::{Cause, Remote, RemoteError};
pub(crate) use repository::Repository;
