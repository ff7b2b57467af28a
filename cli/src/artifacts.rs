//! `--artifacts-dir`.

use std::path::PathBuf;

use clap::Args;

/// Where `/artifacts` is on this machine.
#[derive(Debug, Args)]
pub(crate) struct Artifacts {
    /// The folder that /artifacts stands for
    #[arg(
        long,
        value_name = "DIR",
        env = "ARTIFACTS_BASE_DIR",
        default_value = "./artifacts"
    )]
    pub(crate) artifacts_dir: PathBuf,
}
