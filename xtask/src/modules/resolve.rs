//! Finds the module in which the thing that a path names is defined.

use super::tree::Tree;

/// A chain of `use` longer than this refers to itself.
const MOST_HOPS: usize = 32;

#[derive(Clone, Copy)]
enum Found {
    /// The path names a module.
    Module(usize),
    /// The path names something that this module defines.
    In(usize),
}

/// The module that defines what `path` means in module `from`; none if another crate does.
pub(super) fn resolve(tree: &Tree, from: usize, path: &[String]) -> Option<usize> {
    match find(tree, from, path, MOST_HOPS)? {
        Found::Module(module) | Found::In(module) => Some(module),
    }
}

fn find(tree: &Tree, from: usize, path: &[String], hops: usize) -> Option<Found> {
    let hops = hops.checked_sub(1)?;
    let (first, rest) = path.split_first()?;
    let start = match first.as_str() {
        "crate" => Found::Module(0),
        "self" => Found::Module(from),
        "super" => Found::Module(tree.modules.get(from)?.parent?),
        "Self" => return None,
        name => member(tree, from, name, rest.is_empty(), hops)?,
    };
    walk(tree, start, rest, hops)
}

fn walk(tree: &Tree, start: Found, path: &[String], hops: usize) -> Option<Found> {
    let Found::Module(module) = start else {
        return Some(start);
    };
    let Some((first, rest)) = path.split_first() else {
        return Some(start);
    };
    let next = match first.as_str() {
        "super" => Found::Module(tree.modules.get(module)?.parent?),
        "self" => start,
        // What is not found is made by a macro of the module.
        name => member(tree, module, name, rest.is_empty(), hops).unwrap_or(Found::In(module)),
    };
    walk(tree, next, rest, hops)
}

/// What `name` means in a module. Where it is both a module and an item, the last segment of a path means the item.
fn member(tree: &Tree, module: usize, name: &str, is_last: bool, hops: usize) -> Option<Found> {
    let node = tree.modules.get(module)?;
    let child = || node.children.get(name).map(|child| Found::Module(*child));
    let item = || {
        node.source
            .items
            .iter()
            .any(|item| item == name)
            .then_some(Found::In(module))
    };
    let import = || {
        let imports = node.source.imports.iter().filter(|(alias, _)| alias == name);
        imports
            .filter_map(|(_, path)| find(tree, module, path, hops))
            .next()
    };
    let glob = || {
        node.source
            .globs
            .iter()
            .find_map(|glob| match find(tree, module, glob, hops)? {
                Found::Module(within) if within != module => {
                    member(tree, within, name, is_last, hops.checked_sub(1)?)
                }
                _ => None,
            })
    };
    if is_last {
        item().or_else(import).or_else(child).or_else(glob)
    } else {
        child().or_else(item).or_else(import).or_else(glob)
    }
}
