//! Checks who may know whom: no circle among the modules of a crate, and each crate depends only on the crates that
//! [`directions`] allows.

mod circles;
mod directions;
mod resolve;
mod source;
mod tree;

use std::path::Path;

use anyhow::{Result, ensure};
use cargo_metadata::{MetadataCommand, TargetKind};

use crate::shell::Outcome;
use circles::circles;
use tree::Tree;

/// Prints every circle of modules and every forbidden dependency of the workspace at `root`.
///
/// # Errors
///
/// When there is one, or when the workspace cannot be read.
pub(crate) fn check(root: &Path) -> Result<Outcome> {
    let metadata = MetadataCommand::new().current_dir(root).no_deps().exec()?;
    let root = metadata.workspace_root.as_std_path();
    let mut found = 0;
    let mut modules = 0;
    for package in &metadata.packages {
        for target in &package.targets {
            if target.kind.contains(&TargetKind::CustomBuild) {
                continue;
            }
            let tree = Tree::read(target.src_path.as_std_path())?;
            modules += tree.modules.len();
            for circle in circles(&tree, root) {
                found += 1;
                println!("circle in {}, target {}:\n{circle}", package.name, target.name);
            }
        }
    }
    let forbidden = directions::forbidden(&metadata.packages);
    for line in &forbidden {
        println!("{line}");
    }
    ensure!(
        found + forbidden.len() == 0,
        "{found} circles of modules, {} forbidden dependencies of crates",
        forbidden.len()
    );
    println!(
        "{modules} modules of {} crates: no circle",
        metadata.packages.len()
    );
    Ok(Outcome::Passed)
}
