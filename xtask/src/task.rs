//! Each check, and the commands that make it.

use anyhow::Result;
use clap::Subcommand;

use crate::outcome::Outcome;
use crate::shell::Shell;
use crate::{deny, docs, fuzz, modules, readme};

#[derive(Clone, Copy, Subcommand)]
pub(crate) enum Task {
    /// Format and clippy, warnings denied
    Lint,
    /// No circle among modules, no forbidden dependency between crates
    Modules,
    /// Spelling (needs typos)
    Typos,
    /// All tests, by the README's own command
    Test,
    /// All tests again, each in a process of its own (needs cargo-nextest)
    Nextest,
    /// The slow tests: faults at every system call, full disks, scaffolded processors (needs root and strace)
    Faults,
    /// rustdoc with warnings denied, links, and the examples in Python
    Docs,
    /// Licenses, sources and advisories of dependencies (needs cargo-deny; advisories need the network or a copy)
    Deny,
    /// Changes of the public API since the last tag (needs cargo-semver-checks)
    Semver,
    /// The README's main job
    Main,
    /// Dockerfile.template (needs hadolint)
    Dockerfile,
    /// llm/litellm@1 against a real `LiteLLM` proxy (needs PyPI once)
    Proxy,
    /// Every fuzz target for a while (needs cargo-fuzz and a C++ compiler)
    Fuzz {
        /// How long each target runs
        #[arg(default_value_t = fuzz::SECONDS)]
        seconds: u32,
    },
    /// All of the above in this order, and the time of each
    Ci,
}

impl Task {
    /// What `ci` runs, fast checks first.
    pub(crate) const ALL: [(&str, Self); 13] = [
        ("lint", Self::Lint),
        ("modules", Self::Modules),
        ("typos", Self::Typos),
        ("test", Self::Test),
        ("nextest", Self::Nextest),
        ("faults", Self::Faults),
        ("docs", Self::Docs),
        ("deny", Self::Deny),
        ("semver", Self::Semver),
        ("main", Self::Main),
        ("dockerfile", Self::Dockerfile),
        ("proxy", Self::Proxy),
        (
            "fuzz",
            Self::Fuzz {
                seconds: fuzz::SECONDS,
            },
        ),
    ];

    /// Makes one check.
    ///
    /// # Errors
    ///
    /// When the check fails, or a command cannot be started.
    pub(crate) fn run(self, shell: &Shell) -> Result<Outcome> {
        let outcome = match self {
            Self::Lint => lint(shell),
            Self::Modules => modules::check(&shell.root).map(|()| Outcome::Passed),
            Self::Typos => if_installed(shell, "typos", "typos"),
            Self::Test => readme::run(shell, "test"),
            Self::Nextest => if_installed(shell, "cargo-nextest", "cargo nextest run --workspace --locked"),
            Self::Faults => faults(shell),
            Self::Docs => docs::check(shell),
            Self::Deny => deny::check(shell),
            Self::Semver => semver(shell),
            Self::Main => main_job(shell),
            Self::Dockerfile => if_installed(shell, "hadolint", "hadolint Dockerfile.template"),
            Self::Proxy => shell.run(".ci/litellm-proxy").map(|()| Outcome::Passed),
            Self::Fuzz { seconds } => fuzz::run(shell, seconds),
            Self::Ci => Ok(Outcome::Passed),
        }?;
        if let Outcome::Skipped(why) = &outcome {
            eprintln!("\n*** SKIPPED: {why} ***\n");
        }
        Ok(outcome)
    }
}

fn if_installed(shell: &Shell, program: &str, command: &str) -> Result<Outcome> {
    if !shell.has(program) {
        return Ok(Outcome::Skipped(format!("{program} is not installed")));
    }
    shell.run(command)?;
    Ok(Outcome::Passed)
}

fn lint(shell: &Shell) -> Result<Outcome> {
    shell.run("cargo fmt --all --check")?;
    shell.run("cargo fmt --manifest-path fuzz/Cargo.toml --check")?;
    shell.run("cargo clippy --workspace --all-targets --locked -- -D warnings")?;
    Ok(Outcome::Passed)
}

fn faults(shell: &Shell) -> Result<Outcome> {
    shell
        .run("cargo test --locked --package counterfoil-probe --test faults --test behaviour -- --ignored")?;
    shell.run("cargo test --locked --package counterfoil --test counterfoil --examples -- --ignored")?;
    Ok(Outcome::Passed)
}

fn semver(shell: &Shell) -> Result<Outcome> {
    let Some(tag) = shell.output("git describe --tags --abbrev=0") else {
        return Ok(Outcome::Skipped(
            "there is no tag yet to compare the public API with".to_owned(),
        ));
    };
    let command = format!("cargo semver-checks --workspace --baseline-rev {}", tag.trim());
    if_installed(shell, "cargo-semver-checks", &command)
}

fn main_job(shell: &Shell) -> Result<Outcome> {
    shell.run("rm -rf artifacts")?;
    let outcome = readme::run(shell, "main")?;
    shell.run("rm -rf artifacts")?;
    Ok(outcome)
}
