//! Adapters of this machine: a processor's own binary as a child process, or its image in a container.

mod build;
mod container;
mod engine;
mod executable;
mod image;
mod inputs_file;
mod launch;
mod left;
mod loopback;
mod mount;
mod platform;
mod process;
mod pull;
mod secret_files;
mod shortage;
mod stderr;
mod supervise;
mod user;

use std::path::Path;
use std::sync::Arc;

use logging::Redactor;

use crate::adapter::Adapter;
use crate::error::Error;
use crate::registry::{Entry, Registry};
use crate::session::Session;
use container::Container;
pub(crate) use engine::EngineName;
use process::Process;

/// Finds, or builds if `build` is set, what an entry's runs start.
///
/// # Errors
///
/// `ERR_ADAPTER_INVOCATION` without a binary or an engine, `ERR_IMAGE_UNPINNED` or `ERR_IMAGE_PULL`.
pub(crate) fn prepare(
    engine: EngineName,
    entry: &Entry,
    registry: &Registry,
    artifacts: &Path,
    build: bool,
    redactor: &Redactor,
    session: &Session,
) -> Result<Arc<dyn Adapter>, Error> {
    let container = |engine| -> Result<Arc<dyn Adapter>, Error> {
        let container = Container::prepare(engine, entry, registry, artifacts, build, redactor, session)?;
        Ok(Arc::new(container))
    };
    Ok(match engine {
        EngineName::Process => Arc::new(Process::prepare(entry, registry, artifacts, build, session)?),
        EngineName::Docker => container("docker")?,
        EngineName::Podman => container("podman")?,
    })
}
