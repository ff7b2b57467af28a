//! The commands that the README promises, run as they stand there.

use std::fs;

use anyhow::{Context as _, Result};

use crate::outcome::Outcome;
use crate::shell::Shell;

/// Runs the command under the marker `<!-- run: name -->`.
///
/// # Errors
///
/// When the README has no such command, or the command fails.
pub(crate) fn run(shell: &Shell, name: &str) -> Result<Outcome> {
    let readme = fs::read_to_string(shell.root.join("README.md")).context("cannot read README.md")?;
    let command = command(&readme, name).with_context(|| format!("README.md has no command {name:?}"))?;
    shell.run(command)?;
    println!();
    Ok(Outcome::Passed)
}

fn command<'a>(readme: &'a str, name: &str) -> Option<&'a str> {
    let (_, after) = readme.split_once(&format!("<!-- run: {name} -->\n```sh\n"))?;
    after.split_once("\n```").map(|(command, _)| command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_names_the_block_below_it() {
        let readme =
            "a\n<!-- run: test -->\n```sh\ncargo test \\\n  --all\n```\n<!-- run: main -->\n```sh\nls\n```\n";
        assert_eq!(command(readme, "test"), Some("cargo test \\\n  --all"));
        assert_eq!(command(readme, "main"), Some("ls"));
        assert_eq!(command(readme, "none"), None);
    }
}
