//! Checks who may know whom: no circle among the modules of a crate, and each crate depends only on the crates that
//! [`directions`] allows.

mod circles;
mod directions;
mod resolve;
mod source;
mod tree;

use std::path::Path;

use anyhow::{Result, bail};
use cargo_metadata::{MetadataCommand, TargetKind};

use circles::circles;
use tree::Tree;

/// Prints every circle of modules and every forbidden dependency of the workspace at `root`.
///
/// # Errors
///
/// When there is one, or when the workspace cannot be read.
pub(crate) fn check(root: &Path) -> Result<()> {
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .no_deps()
        .exec()?;
    let mut found = 0;
    let mut modules = 0;
    for package in &metadata.packages {
        for target in &package.targets {
            if target.kind.contains(&TargetKind::CustomBuild) {
                continue;
            }
            let tree = Tree::read(target.src_path.as_std_path())?;
            modules += tree.modules.len();
            for circle in circles(&tree) {
                found += 1;
                println!(
                    "circle in {} ({} {}):",
                    package.name,
                    kind(&target.kind),
                    target.name
                );
                for edge in &circle {
                    let file = edge
                        .file
                        .strip_prefix(metadata.workspace_root.as_std_path())
                        .unwrap_or(&edge.file);
                    println!(
                        "  {} -> {}  {}:{} ({})",
                        edge.from,
                        edge.to,
                        file.display(),
                        edge.line,
                        edge.path
                    );
                }
            }
        }
    }
    let forbidden = directions::forbidden(&metadata.packages);
    for line in &forbidden {
        println!("{line}");
    }
    if found + forbidden.len() > 0 {
        bail!(
            "{found} circles of modules, {} forbidden dependencies of crates",
            forbidden.len()
        );
    }
    println!(
        "{modules} modules of {} crates: no circle",
        metadata.packages.len()
    );
    Ok(())
}

fn kind(kinds: &[TargetKind]) -> String {
    kinds.first().map_or_else(String::new, ToString::to_string)
}
