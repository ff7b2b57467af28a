//! The circles among the modules of a crate.

use std::collections::BTreeMap;
use std::path::Path;

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;

use super::resolve::resolve;
use super::tree::Tree;

/// Each circle as lines, one for each module that names another: both, and the first place that does it.
pub(super) fn circles(tree: &Tree, root: &Path) -> Vec<String> {
    let edges = edges(tree, root);
    let graph: DiGraphMap<usize, ()> = edges.keys().copied().collect();
    let circles = tarjan_scc(&graph).into_iter().filter(|circle| circle.len() > 1);
    circles
        .map(|circle| {
            let within = |(from, to)| circle.contains(from) && circle.contains(to);
            let edges = edges.iter().filter(|((from, to), _)| within((from, to)));
            edges.map(|(_, line)| line.as_str()).collect()
        })
        .collect()
}

/// Who names whom.
fn edges(tree: &Tree, root: &Path) -> BTreeMap<(usize, usize), String> {
    let mut edges = BTreeMap::new();
    for (index, module) in tree.modules.iter().enumerate() {
        for mention in &module.source.mentions {
            let named = resolve(tree, index, &mention.path).and_then(|named| tree.modules.get(named));
            if let Some(named) = named
                && named.file_module != module.file_module
                && let Some(from) = tree.modules.get(module.file_module)
                && let Some(to) = tree.modules.get(named.file_module)
            {
                edges
                    .entry((module.file_module, named.file_module))
                    .or_insert_with(|| {
                        let file = from.file.strip_prefix(root).unwrap_or(&from.file).display();
                        let path = mention.path.join("::");
                        format!(
                            "  {} -> {}  {file}:{} ({path})\n",
                            from.path, to.path, mention.line
                        )
                    });
            }
        }
    }
    edges
}
