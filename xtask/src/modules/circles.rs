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
