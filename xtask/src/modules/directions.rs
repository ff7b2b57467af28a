//! Which crates of the workspace may depend on which.

use cargo_metadata::{DependencyKind, Package};

/// A crate, and the crates of the workspace that it may depend on (tests may use others).
const ALLOWED: [(&str, &[&str]); 9] = [
    ("counterfoil", &["counterfoil-contracts"]),
    ("counterfoil-benches", &["counterfoil-test-support"]),
    ("counterfoil-contracts", &[]),
    ("counterfoil-probe", &["counterfoil-runtime"]),
    ("counterfoil-runtime", &["counterfoil-contracts"]),
    ("counterfoil-test-support", &["counterfoil-runtime"]),
    ("llm-litellm", &["counterfoil-runtime"]),
    ("replicate-generic", &["counterfoil-runtime"]),
    ("xtask", &[]),
];

/// A line for each dependency that the table does not allow.
pub(super) fn forbidden(packages: &[Package]) -> Vec<String> {
    let mut lines = Vec::new();
    for package in packages {
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| package.name == *name) else {
            lines.push(format!(
                "crate {} has no line in xtask/src/modules/directions.rs",
                package.name
            ));
            continue;
        };
        let dependencies = package.dependencies.iter().filter(|dependency| {
            dependency.kind == DependencyKind::Normal
                && packages.iter().any(|other| other.name == dependency.name)
        });
        for dependency in dependencies.filter(|dependency| !allowed.contains(&dependency.name.as_str())) {
            lines.push(format!(
                "crate {} must not depend on {}",
                package.name, dependency.name
            ));
        }
    }
    lines
}
