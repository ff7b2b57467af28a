//! The modules of one crate, read from its source files.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use syn::{Expr, Item, ItemMod, Lit, Meta};

use super::source::{Source, is_for_tests};

/// A crate. The first module is its root.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) modules: Vec<Module>,
}

/// A file, or a `mod name { … }` within one.
#[derive(Debug)]
pub(super) struct Module {
    /// `crate::a::b`.
    pub(super) path: String,
    pub(super) parent: Option<usize>,
    pub(super) children: HashMap<String, usize>,
    pub(super) file: PathBuf,
    /// The module that the file stands for: this one, or one around it.
    pub(super) file_module: usize,
    pub(super) source: Source,
}

impl Tree {
    /// Reads a crate from its root file on.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let mut tree = Self::default();
        let dir = root.parent().unwrap_or(Path::new("")).to_owned();
        tree.read_file(root, "crate".to_owned(), None, &dir)?;
        Ok(tree)
    }

    /// Returns the index of the new module. `dir` is where the files of its children are.
    fn read_file(&mut self, file: &Path, path: String, parent: Option<usize>, dir: &Path) -> Result<usize> {
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let syntax = syn::parse_file(&text).with_context(|| format!("cannot parse {}", file.display()))?;
        let items = if is_for_tests(&syntax.attrs) {
            &[]
        } else {
            syntax.items.as_slice()
        };
        self.add(file, path, parent, None, dir, items)
    }

    fn add(
        &mut self,
        file: &Path,
        path: String,
        parent: Option<usize>,
        file_module: Option<usize>,
        dir: &Path,
        items: &[Item],
    ) -> Result<usize> {
        let index = self.modules.len();
        let file_module = file_module.unwrap_or(index);
        self.modules.push(Module {
            path: path.clone(),
            parent,
            children: HashMap::new(),
            file: file.to_owned(),
            file_module,
            source: Source::new(items),
        });
        for item in items {
            let Item::Mod(item) = item else { continue };
            if is_for_tests(&item.attrs) {
                continue;
            }
            let name = item.ident.to_string();
            let child_path = format!("{path}::{name}");
            let child = if let Some((_, items)) = &item.content {
                self.add(
                    file,
                    child_path,
                    Some(index),
                    Some(file_module),
                    &dir.join(&name),
                    items,
                )?
            } else {
                let child = file_of(item, file, dir, &name);
                let is_mod_rs = child.file_name().is_some_and(|name| name == "mod.rs");
                let below = child.parent().unwrap_or(dir);
                let below = if is_mod_rs {
                    below.to_owned()
                } else {
                    below.join(child.file_stem().unwrap_or_default())
                };
                self.read_file(&child, child_path, Some(index), &below)?
            };
            if let Some(module) = self.modules.get_mut(index) {
                module.children.insert(name, child);
            }
        }
        Ok(index)
    }
}

/// Where `mod name;` in `file` has its source.
fn file_of(item: &ItemMod, file: &Path, dir: &Path, name: &str) -> PathBuf {
    if let Some(path) = item.attrs.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(path) => Some(path.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }) {
        return file.parent().unwrap_or(dir).join(path);
    }
    let flat = dir.join(format!("{name}.rs"));
    if flat.exists() {
        flat
    } else {
        dir.join(name).join("mod.rs")
    }
}
