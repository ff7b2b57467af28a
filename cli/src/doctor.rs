//! `counterfoil doctor`: what this machine can do.

mod missing;
mod probe;
mod report;

use std::io::Write as _;
use std::path::Path;

use clap::Args;
use documents::is_ci;
use rustix::fs::Access;

use crate::artifacts::Artifacts;
use crate::environment::Environment;
use crate::find_program;
use crate::registry::RegistryOption;
use crate::registry::check::{Checked, check};
use crate::session::{ExitStatus, Session};
use probe::Probe;
use report::{ArtifactsState, Processor, RegistryState, Report, Secret, Tool};

/// Say what this machine can run, and what to do about what it cannot
///
/// Exit status 0 when mock runs by the process engine are possible for at least one processor, after a build where need
/// be; else 1. Secrets are shown by name only.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  counterfoil doctor
  counterfoil doctor --json | jq -r '.gaps[]'")]
pub(crate) struct Doctor {
    #[command(flatten)]
    registry: RegistryOption,
    #[command(flatten)]
    artifacts: Artifacts,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

impl Doctor {
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<ExitStatus> {
        let report = examine(&self.registry, &self.artifacts, &session.environment);
        let mut out = session.out();
        if self.json {
            writeln!(out, "{}", serde_json::to_string(&report)?)?;
        } else {
            write!(out, "{report}")?;
        }
        Ok(ExitStatus::success_if(report.ready))
    }
}

fn examine(registry: &RegistryOption, artifacts: &Artifacts, environment: &Environment) -> Report {
    // all are started before the first is waited for
    let mut docker = Probe::start(
        "docker",
        &["version", "--format", "{{.Server.Version}}"],
        environment,
    );
    let mut podman = Probe::start(
        "podman",
        &["version", "--format", "{{.Client.Version}}"],
        environment,
    );
    let mut cargo = Probe::start("cargo", &["--version"], environment);
    let registry = registry.find(environment).ok();
    let checked = registry.as_ref().and_then(|registry| check(registry).ok());
    let entries = || checked.iter().flat_map(|checked| &checked.entries);
    let processors: Vec<_> = entries()
        .map(|(_, entry)| Processor {
            processor_ref: entry.processor_ref.to_string(),
            package: entry.build.package.clone(),
            binary: find_program::processor(&entry.build.package, environment)
                .map(|path| path.display().to_string()),
        })
        .collect();
    let secrets = entries().flat_map(|(_, entry)| {
        let required = entry.secrets.required.iter().map(|name| (name, true));
        let optional = entry.secrets.optional.iter().map(|name| (name, false));
        required.chain(optional).map(|(name, required)| Secret {
            name: name.as_str().to_owned(),
            processor_ref: entry.processor_ref.to_string(),
            required,
            set: environment
                .get(name.as_str())
                .is_some_and(|value| !value.to_string_lossy().trim().is_empty()),
        })
    });
    let cargo = tool(&mut cargo);
    let artifacts = artifacts.dir(environment);
    let artifacts = ArtifactsState {
        folder: artifacts.display().to_string(),
        writable: is_writable(&environment.path(artifacts)),
    };
    let buildable = cargo.version.is_some()
        && registry
            .as_ref()
            .is_some_and(|registry| registry.workspace().join("Cargo.toml").is_file());
    let mut report = Report {
        ready: artifacts.writable
            && processors
                .iter()
                .any(|processor| processor.binary.is_some() || buildable),
        engines: vec![tool(&mut docker), tool(&mut podman)],
        cargo,
        secrets: secrets.collect(),
        registry: registry
            .zip(checked.as_ref())
            .map(|(registry, checked)| state(registry.shown(registry.dir()), checked)),
        processors,
        ci: is_ci(environment.get("CI")),
        artifacts,
        missing: Vec::new(),
    };
    report.missing = missing::missing(&report);
    report
}

fn tool(probe: &mut Probe) -> Tool {
    let version = probe.answer();
    Tool {
        name: probe.name,
        path: probe.path.as_ref().map(|path| path.display().to_string()),
        version: version.map(|line| match line.split_once(' ') {
            Some((name, rest)) if name == probe.name => rest.to_owned(), // `cargo 1.95.0 (...)`
            _ => line,
        }),
    }
}

fn state(folder: String, checked: &Checked) -> RegistryState {
    let pinned = |(_, entry): &&(String, crate::registry::Entry)| entry.image.oci.is_some();
    RegistryState {
        folder,
        entries: checked.entries.len(),
        problems: checked.problems(),
        unpinned: checked.entries.len() - checked.entries.iter().filter(pinned).count(),
    }
}

/// Whether a run could write there: in the directory, or, if it does not exist, in the nearest one above it.
fn is_writable(dir: &Path) -> bool {
    let nearest = dir.ancestors().find(|above| above.symlink_metadata().is_ok());
    nearest.is_some_and(|nearest| {
        nearest.is_dir() && rustix::fs::access(nearest, Access::WRITE_OK | Access::EXEC_OK).is_ok()
    })
}
