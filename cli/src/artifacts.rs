//! The artifacts folder: what `/artifacts/` stands for on this machine.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser as _};
use store::local::Dir;

const DEFAULT: &str = "./artifacts";

/// The option that names it.
#[derive(Debug, Args)]
pub(crate) struct Artifacts {
    /// The folder that `/artifacts/` and `world://artifacts/` stand for
    #[arg(
        long,
        value_name = "DIR",
        env = "ARTIFACTS_BASE_DIR",
        default_value = DEFAULT,
        value_parser = OsStringValueParser::new().map(folder)
    )]
    pub(crate) artifacts_dir: PathBuf,
}

impl Artifacts {
    /// Opens the folder.
    ///
    /// # Errors
    ///
    /// A sentence that names it and the option, over the `io::Error`.
    pub(crate) fn open(&self) -> anyhow::Result<Dir> {
        Dir::open(&self.artifacts_dir).with_context(|| {
            format!(
                "the artifacts folder {} cannot be opened; name another with --artifacts-dir",
                self.artifacts_dir.display()
            )
        })
    }
}

/// A variable that is set to the empty string counts as absent, as it does for processors.
fn folder(given: OsString) -> PathBuf {
    match given.is_empty() {
        true => DEFAULT.into(),
        false => given.into(),
    }
}
