//! What was found, for programs as JSON and for people as text.

use std::fmt;

use serde::Serialize;

/// Everything that decides what can be run here.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// Whether mock runs by the process engine are possible, after a build where need be.
    pub(super) ready: bool,
    pub(super) engines: Vec<Tool>,
    pub(super) cargo: Tool,
    pub(super) registry: Option<RegistryState>,
    pub(super) processors: Vec<Processor>,
    pub(super) secrets: Vec<Secret>,
    /// Whether `CI` is set, so that real mode is refused.
    pub(super) ci: bool,
    pub(super) artifacts: ArtifactsState,
    /// What is missing and what to do about it.
    #[serde(rename = "gaps")]
    pub(super) missing: Vec<String>,
}

/// A program; one without a version did not answer.
#[derive(Debug, Serialize)]
pub(super) struct Tool {
    pub(super) name: &'static str,
    pub(super) path: Option<String>,
    pub(super) version: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct RegistryState {
    pub(super) folder: String,
    pub(super) entries: usize,
    pub(super) problems: usize,
    pub(super) unpinned: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct Processor {
    #[serde(rename = "ref")]
    pub(super) processor_ref: String,
    pub(super) package: String,
    pub(super) binary: Option<String>,
}

/// The name of an environment variable, never its value.
#[derive(Debug, Serialize)]
pub(super) struct Secret {
    pub(super) name: String,
    #[serde(rename = "ref")]
    pub(super) processor_ref: String,
    pub(super) required: bool,
    pub(super) set: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct ArtifactsState {
    pub(super) folder: String,
    pub(super) writable: bool,
}

impl Tool {
    fn state(&self) -> String {
        match (&self.version, &self.path) {
            (Some(version), _) => version.clone(),
            (None, Some(path)) => format!("{path} does not answer"),
            (None, None) => "not found".into(),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |name: &str, state: &str| writeln!(f, "{name:<12}{state}");
        line("processes", if self.ready { "ready" } else { "not ready" })?;
        for engine in &self.engines {
            line(engine.name, &engine.state())?;
        }
        line(self.cargo.name, &self.cargo.state())?;
        line("CI", if self.ci { "set" } else { "not set" })?;
        let writable = if self.artifacts.writable {
            "writable"
        } else {
            "not writable"
        };
        line("artifacts", &format!("{}, {writable}", self.artifacts.folder))?;
        let registry = self.registry.as_ref().map(|registry| {
            format!(
                "{}, entries {}, problems {}, not pinned {}",
                registry.folder, registry.entries, registry.problems, registry.unpinned
            )
        });
        line("registry", registry.as_deref().unwrap_or("not found"))?;
        for processor in &self.processors {
            let binary = processor.binary.as_deref().unwrap_or("not built");
            writeln!(f, "  {}: {binary}", processor.processor_ref)?;
            let mut others = 0;
            for secret in &self.secrets {
                if secret.processor_ref != processor.processor_ref {
                    continue;
                }
                if !secret.required && !secret.set {
                    others += 1; // a processor may know the keys of a score of providers
                    continue;
                }
                let need = if secret.required { "required" } else { "optional" };
                let set = if secret.set { "set" } else { "not set" };
                writeln!(f, "    {}: {need}, {set}", secret.name)?;
            }
            if others > 0 {
                writeln!(f, "    optional, not set: {others}")?;
            }
        }
        if !self.missing.is_empty() {
            writeln!(f, "\nTo do:")?;
        }
        self.missing.iter().try_for_each(|item| writeln!(f, "  {item}"))
    }
}
