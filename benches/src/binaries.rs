//! The programs that are measured: static release builds.

use std::path::PathBuf;
use std::process::Command;

use crate::Result;

const PACKAGES: [&str; 3] = ["llm-litellm", "counterfoil-probe", "counterfoil-benches"];

/// Builds them as the images are built. The empty program is one of them, so that it has the same flags.
pub(crate) fn build() -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["build", "--release", "--locked", "--target", &target()])
        .args(PACKAGES.iter().flat_map(|package| ["--package", package]))
        .args([
            "--bin",
            "llm-litellm",
            "--bin",
            "counterfoil-probe",
            "--bin",
            "empty",
        ])
        .env("RUSTFLAGS", "-C target-feature=+crt-static");
    match command.status()? {
        status if status.success() => Ok(()),
        status => Err(format!("the build ended with {status}").into()),
    }
}

/// Where a build has put a program.
pub(crate) fn path(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe()?; // <target folder>/<profile>/figures
    let folder = own
        .ancestors()
        .nth(2)
        .ok_or("the target folder is not above this program")?;
    let path = folder.join(target()).join("release").join(name);
    match path.is_file() {
        true => Ok(path),
        false => Err(format!("{name} is not built").into()),
    }
}

fn target() -> String {
    format!("{}-unknown-linux-gnu", std::env::consts::ARCH)
}
