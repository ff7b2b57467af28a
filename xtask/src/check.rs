//! Each check, and the commands that make it.

use std::fs;

use anyhow::{Context as _, Result};
use clap::ValueEnum;

use crate::shell::{Outcome, Shell};
use crate::{deny, fuzz, modules};

/// Fast checks first: `ci` runs them in this order.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Check {
    /// Format and clippy, warnings denied
    Lint,
    /// No circle among modules, no forbidden dependency between crates
    Modules,
    /// Spelling (needs typos)
    Typos,
    /// The workflows, and every script in bash (needs zizmor, check-jsonschema and shellcheck)
    Workflows,
    /// Dockerfile.template (needs hadolint)
    Dockerfile,
    /// All tests, by the README's own command
    Test,
    /// The same tests, each in a process of its own (needs cargo-nextest); not a part of ci
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
    /// llm/litellm@1 against a real `LiteLLM` proxy (needs PyPI once)
    Proxy,
    /// llm/litellm@1 beside `LiteLLM`'s SDK, request by request (needs PyPI once)
    Compare,
    /// The binaries of images for both platforms, that for arm64 under qemu (needs Debian's archive once)
    Arm64,
    /// Images built, pushed, pinned and run by Docker and Podman, twice (needs root, and what .ci/engines names)
    Images,
    /// Every fuzz target for a minute (needs cargo-fuzz and a C++ compiler)
    Fuzz,
    /// All of the above but nextest in this order, and the time of each
    Ci,
}

impl Check {
    /// # Errors
    ///
    /// When the check fails, or a command cannot be started.
    pub(crate) fn run(self, shell: &Shell) -> Result<Outcome> {
        let outcome = match self {
            Self::Lint => lint(shell),
            Self::Modules => modules::check(&shell.root),
            Self::Typos => shell.run_with("typos", "typos"),
            Self::Workflows => workflows(shell),
            Self::Test => test(shell),
            Self::Nextest => shell.run_with("cargo-nextest", "cargo nextest run --workspace --locked"),
            Self::Faults => faults(shell),
            Self::Docs => docs(shell),
            Self::Deny => deny::check(shell),
            Self::Semver => semver(shell),
            Self::Main => main_job(shell),
            Self::Dockerfile => shell.run_with("hadolint", "hadolint Dockerfile.template"),
            Self::Proxy => shell.run(".ci/litellm-proxy"),
            Self::Compare => shell.run(".ci/litellm-compare"),
            Self::Arm64 => shell.run(".ci/arm64"),
            Self::Images => images(shell),
            Self::Fuzz => fuzz::run(shell),
            Self::Ci => Ok(Outcome::Passed),
        }?;
        if let Outcome::Skipped(why) = &outcome {
            eprintln!("\n*** SKIPPED: {why} ***\n");
        }
        Ok(outcome)
    }
}

fn lint(shell: &Shell) -> Result<Outcome> {
    shell.run("cargo fmt --all --check")?;
    shell.run("cargo fmt --manifest-path fuzz/Cargo.toml --check")?;
    shell.run("cargo clippy --workspace --all-targets --locked -- -D warnings")
}

/// The tests of the README, then those of features that the default build lacks.
fn test(shell: &Shell) -> Result<Outcome> {
    readme(shell, "test")?;
    shell.run("cargo test --package llm-litellm --features schema-validation --locked structured")?;
    shell.run(
        "cargo test --package counterfoil --features parquet --examples --test counterfoil --locked batch::table",
    )
}

fn faults(shell: &Shell) -> Result<Outcome> {
    shell
        .run("cargo test --locked --package counterfoil-probe --test faults --test behaviour -- --ignored")?;
    shell.run("cargo test --locked --package llm-litellm --test llm_litellm disks -- --ignored")?;
    shell.run("cargo build --locked --package llm-litellm")?; // what a batch of thousands runs
    shell.run("cargo test --locked --package counterfoil --test counterfoil --examples -- --ignored")
}

/// Pedantic, as a workflow has rights that no test of ours can try.
fn workflows(shell: &Shell) -> Result<Outcome> {
    for program in ["zizmor", "check-jsonschema", "shellcheck"] {
        if !shell.has(program) {
            return Ok(Outcome::Skipped(format!("{program} is not installed")));
        }
    }
    shell.run("zizmor --offline --quiet --persona=pedantic .github/workflows")?;
    shell.run("check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml")?;
    shell.run("git grep -lE '^#!/usr/bin/env bash' | xargs shellcheck")
}

fn images(shell: &Shell) -> Result<Outcome> {
    shell.run_until_skipped(&[".ci/binaries", ".ci/engines .ci/images", ".ci/engine-tests"])
}

fn docs(shell: &Shell) -> Result<Outcome> {
    shell.run("RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked --quiet")?;
    shell.run("docs/check-links")?;
    shell.run("python3 -m unittest discover --start-directory docs/examples")
}

fn semver(shell: &Shell) -> Result<Outcome> {
    let Some(tag) = shell.output("git describe --tags --abbrev=0") else {
        return Ok(Outcome::Skipped(
            "there is no tag yet to compare the public API with".to_owned(),
        ));
    };
    let command = format!("cargo semver-checks --workspace --baseline-rev {}", tag.trim());
    shell.run_with("cargo-semver-checks", &command)
}

fn main_job(shell: &Shell) -> Result<Outcome> {
    shell.run("rm -rf artifacts")?;
    readme(shell, "main")?;
    println!();
    shell.run("rm -rf artifacts")
}

/// Runs the command below the marker `<!-- run: name -->` of the README as it stands there.
fn readme(shell: &Shell, name: &str) -> Result<Outcome> {
    let readme = fs::read_to_string(shell.root.join("README.md")).context("cannot read README.md")?;
    let command = readme
        .split_once(&format!("<!-- run: {name} -->\n```sh\n"))
        .and_then(|(_, after)| after.split_once("\n```"));
    let (command, _) = command.with_context(|| format!("README.md has no command {name:?}"))?;
    shell.run(command)
}
