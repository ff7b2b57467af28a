//! Which crates of the workspace may depend on which.

use cargo_metadata::{DependencyKind, Package};

/// A crate, and the crates of the workspace that it may depend on. Tests may use others.
#[rustfmt::skip]
const ALLOWED: [(&str, &[&str]); 11] = [
    ("counterfoil", &["counterfoil-documents", "counterfoil-logging", "counterfoil-store"]),
    ("counterfoil-benches", &["counterfoil-test-support"]),
    ("counterfoil-documents", &[]),
    ("counterfoil-logging", &["counterfoil-documents"]),
    ("counterfoil-probe", &["counterfoil-runtime"]),
    ("counterfoil-runtime", &["counterfoil-documents", "counterfoil-logging", "counterfoil-store"]),
    ("counterfoil-store", &["counterfoil-documents"]),
    ("counterfoil-test-support", &["counterfoil-runtime"]),
    ("llm-litellm", &["counterfoil-runtime"]),
    ("replicate-generic", &["counterfoil-runtime"]),
    ("xtask", &[]),
];

/// A line for each dependency that the table does not allow.
pub(super) fn forbidden(packages: &[Package]) -> Vec<String> {
    let mut lines = Vec::new();
    for Package {
        name, dependencies, ..
    } in packages
    {
        let Some((_, allowed)) = ALLOWED
            .iter()
            .find(|(crate_name, _)| name.as_str() == *crate_name)
        else {
            lines.push(format!(
                "crate {name} has no line in xtask/src/modules/directions.rs"
            ));
            continue;
        };
        for dependency in dependencies {
            let is_own = packages.iter().any(|other| other.name == dependency.name);
            let is_normal = dependency.kind == DependencyKind::Normal;
            if is_own && is_normal && !allowed.contains(&dependency.name.as_str()) {
                lines.push(format!("crate {name} must not depend on {}", dependency.name));
            }
        }
    }
    lines
}
