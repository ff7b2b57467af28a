//! The circles among the modules of a crate.

use std::collections::BTreeMap;
use std::path::PathBuf;

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;

use super::resolve::resolve;
use super::tree::Tree;

/// One module names another.
#[derive(Debug)]
pub(super) struct Edge {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) file: PathBuf,
    pub(super) line: usize,
    /// The path that does it.
    pub(super) path: String,
}

/// The edges of each circle, first mention first.
pub(super) fn circles(tree: &Tree) -> Vec<Vec<Edge>> {
    let edges = edges(tree);
    let graph: DiGraphMap<usize, ()> = edges.keys().copied().collect();
    let mut circles = Vec::new();
    for mut circle in tarjan_scc(&graph).into_iter().filter(|circle| circle.len() > 1) {
        circle.sort_unstable();
        let within = edges
            .iter()
            .filter(|((from, to), _)| circle.contains(from) && circle.contains(to));
        circles.push(
            within
                .filter_map(|(ends, mention)| edge(tree, *ends, mention))
                .collect(),
        );
    }
    circles
}

/// Who names whom, and the first line and path that does.
fn edges(tree: &Tree) -> BTreeMap<(usize, usize), (usize, String)> {
    let mut edges = BTreeMap::new();
    for (index, module) in tree.modules.iter().enumerate() {
        for mention in &module.source.mentions {
            let named = resolve(tree, index, &mention.path).and_then(|to| tree.modules.get(to));
            if let Some(to) = named.map(|to| to.file_module)
                && to != module.file_module
            {
                let edge = edges.entry((module.file_module, to));
                edge.or_insert_with(|| (mention.line, mention.path.join("::")));
            }
        }
    }
    edges
}

fn edge(tree: &Tree, (from, to): (usize, usize), (line, path): &(usize, String)) -> Option<Edge> {
    let from = tree.modules.get(from)?;
    let to = tree.modules.get(to)?;
    Some(Edge {
        from: from.path.clone(),
        to: to.path.clone(),
        file: from.file.clone(),
        line: *line,
        path: path.clone(),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    /// Every edge that is part of a circle, as `from -> to`.
    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let dir = TempDir::new().unwrap();
        for (name, text) in files {
            let file = dir.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let tree = Tree::read(&dir.path().join("lib.rs")).unwrap();
        let circles = circles(&tree).into_iter().flatten();
        circles
            .map(|edge| format!("{} -> {}", edge.from, edge.to).replace("crate::", ""))
            .collect()
    }

    #[test]
    fn two_modules_that_name_each_other_are_a_circle() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use crate::b::B; pub struct A;"),
            (
                "b.rs",
                "
            pub struct B;
            fn f() { let _ = super::a::A; }",
            ),
        ];
        assert_eq!(found(&files), ["a -> b", "b -> a"]);
    }

    #[test]
    fn an_edge_says_its_first_line() {
        let dir = TempDir::new().unwrap();
        fs::write(
            dir.path().join("lib.rs"),
            "mod a;\nfn own() {}\n\nfn f() {\n    a::f();\n}\n",
        )
        .unwrap();
        fs::write(dir.path().join("a.rs"), "pub fn f() {}\nfn g() { crate::own() }").unwrap();
        let circles = circles(&Tree::read(&dir.path().join("lib.rs")).unwrap());
        let lines: Vec<_> = circles
            .iter()
            .flatten()
            .map(|edge| (edge.line, edge.path.as_str()))
            .collect();
        assert_eq!(lines, [(5, "a::f"), (2, "crate::own")]);
    }

    #[test]
    fn to_declare_a_child_is_not_to_know_it() {
        let parent = ("lib.rs", "mod a; pub struct Shared;");
        assert_eq!(found(&[parent, ("a.rs", "use super::Shared;")]), [""; 0]);
        let parent = ("lib.rs", "mod a; pub use a::A; pub struct Shared;");
        assert_eq!(
            found(&[parent, ("a.rs", "use super::Shared; pub struct A;")]),
            ["crate -> a", "a -> crate"]
        );
    }

    #[test]
    fn a_name_that_a_parent_passes_on_belongs_to_the_child() {
        let files = [
            ("lib.rs", "mod m; pub use m::*;"),
            (
                "m.rs",
                "mod a; mod b; pub use a::A; use b::B as Other; fn f(_: Other) {}",
            ),
            ("m/a.rs", "pub struct A;"),
            ("m/b.rs", "use super::A; use crate::A as Same; pub struct B;"),
        ];
        assert_eq!(found(&files), [""; 0]);
    }

    #[test]
    fn a_name_is_followed_through_what_a_module_is_called_here() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use crate::b; fn f() { b::inner::g::<u8>() }"),
            ("b.rs", "pub mod inner;"),
            ("b/inner.rs", "pub fn g<T>() { format!(\"{}\", crate::a::X); }"),
        ];
        assert_eq!(found(&files), ["a -> b::inner", "b::inner -> a"]);
    }

    #[test]
    fn a_module_and_a_function_may_share_a_name() {
        let files = [
            (
                "lib.rs",
                "mod read; mod user; pub use read::read; fn own() { user::f() }",
            ),
            ("read.rs", "pub fn read() {}"),
            ("user.rs", "use crate::read; pub fn f() { read() }"),
        ];
        assert_eq!(found(&files), [""; 0]);
    }

    #[test]
    fn attributes_and_macros_name_modules() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            (
                "a.rs",
                "pub struct S { #[serde(with = \"crate::b::time\")] t: u8 }",
            ),
            (
                "b.rs",
                "pub mod time { pub fn f() { assert!(crate::a::S::is_new()); } }",
            ),
        ];
        assert_eq!(found(&files), ["a -> b", "b -> a"]);
    }

    #[test]
    fn tests_and_visibilities_and_inline_modules_do_not_count() {
        let files = [
            ("lib.rs", "mod a; fn own() { a::f() }"),
            (
                "a.rs",
                "
                pub(in crate::a) fn f() {}
                mod inline { use super::f; }
                #[cfg(test)] mod tests { use crate::own; }
                #[cfg(test)] mod absent;
                #[test] fn t() { crate::own() }
                #[cfg(test)] impl X { fn f() { crate::own() } }",
            ),
        ];
        assert_eq!(found(&files), [""; 0]);
    }

    #[test]
    fn other_crates_and_local_names_are_not_modules() {
        let files = [
            ("lib.rs", "mod std; mod a; fn own() { a::f(); }"),
            ("std.rs", "use crate::own;"),
            (
                "a.rs",
                "use ::std::fs; pub fn f() { ::std::process::exit(1); Vec::<u8>::new(); }",
            ),
        ];
        assert_eq!(found(&files), [""; 0]);
    }
}
