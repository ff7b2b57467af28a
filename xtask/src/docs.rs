//! Checks what people read.

use anyhow::Result;

use crate::outcome::Outcome;
use crate::shell::Shell;

/// rustdoc; then links and Python examples, where the repository has them.
///
/// # Errors
///
/// When one of them fails.
pub(crate) fn check(shell: &Shell) -> Result<Outcome> {
    shell.run("RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked --quiet")?;
    if shell.root.join("docs/check-links").exists() {
        shell.run("docs/check-links")?;
    }
    if shell.root.join("docs/examples").exists() {
        shell.run("python3 -m unittest discover --start-directory docs/examples")?;
    }
    Ok(Outcome::Passed)
}
