//! The programs that are measured: static release builds.

use std::path::PathBuf;
use std::process::Command;

use crate::result::Result;

/// Each package and the program that it builds.
const PROGRAMS: [(&str, &str); 5] = [
    ("llm-litellm", "llm-litellm"),
    ("replicate-generic", "replicate-generic"),
    ("counterfoil-probe", "probe"),
    ("counterfoil", "counterfoil"),
    ("counterfoil-benches", "empty"), // so it has the same flags
];

/// As in `Dockerfile.template`, where they are explained.
const FLAGS: &str = "-C target-feature=+crt-static -C link-arg=-Wl,-z,pack-relative-relocs";

/// Builds them one by one, as the images are built: together, a feature that one of them needs would be in all.
pub(crate) fn build() -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    for (package, program) in PROGRAMS {
        let status = Command::new(&cargo)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["build", "--release", "--locked", "--target", &target()])
            .args(["--package", package, "--bin", program])
            .env("RUSTFLAGS", FLAGS)
            .status()?;
        if !status.success() {
            return Err(format!("the build of {package} ended with {status}").into());
        }
    }
    Ok(())
}

/// Where a build has put a program.
pub(crate) fn path(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe()?; // <target directory>/<profile>/figures
    let dir = own
        .ancestors()
        .nth(2)
        .ok_or("the target directory is not above this program")?;
    let path = dir.join(target()).join("release").join(name);
    if path.is_file() {
        Ok(path)
    } else {
        Err(format!("{name} is not built").into())
    }
}

fn target() -> String {
    format!("{}-unknown-linux-gnu", std::env::consts::ARCH)
}
