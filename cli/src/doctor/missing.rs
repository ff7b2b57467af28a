//! What is missing, and what to do about it.

use super::report::Report;

/// A message for everything that somebody may want to do something about.
pub(super) fn missing(report: &Report) -> Vec<String> {
    let mut missing = Vec::new();
    let container = report.engines.iter().any(|engine| engine.version.is_some());
    for engine in &report.engines {
        let name = engine.name;
        if engine.path.is_none() && !container {
            missing.push(format!("{name} is not on PATH; install it for --engine {name}"));
        } else if engine.path.is_some() && engine.version.is_none() {
            missing.push(format!(
                "{name} does not answer; start its service for --engine {name}"
            ));
        }
    }
    if report.cargo.version.is_none() {
        missing.push("cargo is not there; install Rust to build processors with --build".into());
    }
    match &report.registry {
        None => missing.push(
            "there is no registry here or above; go to the workspace, or name one with --registry".into(),
        ),
        Some(registry) if registry.entries == 0 => {
            missing
                .push("the registry has no entry; `counterfoil scaffold --ref ns/name@ver` makes one".into());
        }
        Some(_) => {}
    }
    if let Some(registry) = &report.registry {
        if registry.problems > 0 {
            missing.push("the registry has problems; `counterfoil registry check` names them".into());
        }
        if registry.unpinned > 0 {
            missing.push(
                "images are not pinned; `counterfoil pin` pins one, for all but a local process".into(),
            );
        }
    }
    for processor in &report.processors {
        if processor.binary.is_none() {
            let package = &processor.package;
            missing.push(format!(
                "{} is not built; run it with --build, or `cargo build --release -p {package}` and add the binary to PATH",
                processor.processor_ref
            ));
        }
    }
    for secret in &report.secrets {
        if secret.required && !secret.set {
            missing.push(format!(
                "{} is not set; export it for real mode of {}",
                secret.name, secret.processor_ref
            ));
        }
    }
    if report.ci {
        missing.push("CI is set, so real mode is refused; unset it for real runs".into());
    }
    if !report.artifacts.writable {
        missing.push(format!(
            "{} is not a directory that can be written; name another with --artifacts-dir",
            report.artifacts.dir
        ));
    }
    missing
}
