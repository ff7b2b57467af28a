//! Which crates of the workspace may depend on which.

use cargo_metadata::{DependencyKind, Package};

/// A crate, and the crates of the workspace that it may depend on (tests may use others).
const ALLOWED: [(&str, &[&str]); 11] = [
    (
        "counterfoil",
        &[
            "counterfoil-documents",
            "counterfoil-logging",
            "counterfoil-store",
        ],
    ),
    ("counterfoil-benches", &["counterfoil-test-support"]),
    ("counterfoil-documents", &[]),
    ("counterfoil-logging", &["counterfoil-documents"]),
    ("counterfoil-probe", &["counterfoil-runtime"]),
    (
        "counterfoil-runtime",
        &[
            "counterfoil-documents",
            "counterfoil-logging",
            "counterfoil-store",
        ],
    ),
    ("counterfoil-store", &["counterfoil-documents"]),
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

#[cfg(test)]
mod tests {
    use std::fs;

    use cargo_metadata::MetadataCommand;
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn what_the_table_does_not_allow_is_forbidden() {
        let dir = TempDir::new().unwrap();
        let write = |name: &str, text: &str| {
            let file = dir.path().join(name);
            fs::create_dir_all(file.parent().unwrap().join("src")).unwrap();
            fs::write(file.with_file_name("src/lib.rs"), "").unwrap();
            fs::write(file, text).unwrap();
        };
        let package =
            |name: &str, rest: &str| format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n{rest}");
        fs::write(dir.path().join("Cargo.toml"), "[workspace]\nmembers = [\"*\"]\n").unwrap();
        write(
            "a/Cargo.toml",
            &package("llm-litellm", "[dependencies]\ncounterfoil = { path = \"../b\" }"),
        );
        write(
            "b/Cargo.toml",
            &package(
                "counterfoil",
                "[dev-dependencies]\nllm-litellm = { path = \"../a\" }",
            ),
        );
        write("c/Cargo.toml", &package("stranger", ""));
        let metadata = MetadataCommand::new()
            .manifest_path(dir.path().join("Cargo.toml"))
            .no_deps()
            .exec();
        let expected = [
            "crate llm-litellm must not depend on counterfoil",
            "crate stranger has no line in xtask/src/modules/directions.rs",
        ];
        assert_eq!(forbidden(&metadata.unwrap().packages), expected);
    }
}
