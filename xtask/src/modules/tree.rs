//! The modules of one crate, read from its source files.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use syn::{Expr, ExprLit, Item, ItemMod, Lit, Meta, MetaNameValue};

use super::source::{Source, is_for_tests};

/// A crate. The first module is its root.
#[derive(Default)]
pub(super) struct Tree {
    pub(super) modules: Vec<Module>,
}

/// A file, or a `mod name { … }` within one.
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
        let dir = root.parent().unwrap_or(Path::new(""));
        tree.add_file(root, "crate".to_owned(), None, dir)?;
        Ok(tree)
    }

    /// Returns the index of the new module. `dir` is where the files of its children are.
    fn add_file(&mut self, file: &Path, path: String, parent: Option<usize>, dir: &Path) -> Result<usize> {
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let mut syntax =
            syn::parse_file(&text).with_context(|| format!("cannot parse {}", file.display()))?;
        if is_for_tests(&syntax.attrs) {
            syntax.items.clear();
        }
        let index = self.modules.len();
        self.add((file, index), path, parent, dir, &syntax.items)
    }

    fn add(
        &mut self,
        (file, file_module): (&Path, usize),
        path: String,
        parent: Option<usize>,
        dir: &Path,
        items: &[Item],
    ) -> Result<usize> {
        let index = self.modules.len();
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
            let path = format!("{path}::{name}");
            let child = if let Some((_, items)) = &item.content {
                self.add((file, file_module), path, Some(index), &dir.join(&name), items)?
            } else {
                let child = file_of(item, file, dir, &name);
                let below = child.with_extension("");
                let is_mod_rs = below.ends_with("mod");
                let below = below.parent().filter(|_| is_mod_rs).unwrap_or(&below);
                self.add_file(&child, path, Some(index), below)?
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
    for attribute in &item.attrs {
        if let Meta::NameValue(MetaNameValue { path, value, .. }) = &attribute.meta
            && path.is_ident("path")
            && let Expr::Lit(ExprLit {
                lit: Lit::Str(text), ..
            }) = value
        {
            return file.with_file_name(text.value());
        }
    }
    let flat = dir.join(format!("{name}.rs"));
    if flat.exists() {
        flat
    } else {
        dir.join(name).join("mod.rs")
    }
}
