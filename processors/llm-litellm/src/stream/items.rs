//! The items of a list, which a stream may have tens of thousands of.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

use serde_json::value::RawValue;

/// The names of the members that identify an item.
const IDENTITY: [&str; 2] = ["id", "index"];

/// As many items are compared one by one.
const FEW: usize = 16;

/// Of more items with one identity, those before are not compared.
const MOST_COMPARED: usize = 100;

/// What identifies an item.
pub(super) trait Item {
    /// The JSON of a member that came whole, unless it is blank.
    fn member(&self, name: &str) -> Option<&str>;

    /// The JSON of an item that came whole.
    fn raw(&self) -> Option<&str>;
}

/// The items of a list, and the positions of those that a delta may continue.
#[derive(Debug)]
pub(super) struct Items<T> {
    nodes: Vec<T>,
    /// By the hash of the name and the JSON of a member, or of an empty name and the JSON of the whole item.
    positions: HashMap<u64, Positions>,
    hashes: RandomState,
    /// How many nodes have been entered there.
    entered: usize,
}

/// Positions in ascending order: mostly one.
#[derive(Debug)]
enum Positions {
    One(usize),
    Many(Vec<usize>),
}

impl Positions {
    fn as_slice(&self) -> &[usize] {
        match self {
            Self::One(at) => std::slice::from_ref(at),
            Self::Many(many) => many,
        }
    }

    fn insert(&mut self, at: usize) {
        match self {
            Self::One(one) if *one == at => {}
            Self::One(one) => *self = Self::Many(vec![(*one).min(at), (*one).max(at)]),
            Self::Many(many) => {
                if let Err(place) = many.binary_search(&at) {
                    many.insert(place, at);
                }
            }
        }
    }
}

impl<T: Item> Items<T> {
    pub(super) fn push(&mut self, node: T) {
        self.nodes.push(node);
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn get(&self, at: usize) -> Option<&T> {
        self.nodes.get(at)
    }

    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        self.nodes.get_mut(at)
    }

    pub(super) fn last_mut(&mut self) -> Option<&mut T> {
        self.nodes.last_mut()
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, T> {
        self.nodes.iter()
    }

    /// Enters new items, for [`find`](Self::find) and [`has_raw`](Self::has_raw).
    pub(super) fn enter(&mut self) {
        if self.nodes.len() > FEW {
            for at in self.entered..self.nodes.len() {
                self.enter_at(at);
            }
            self.entered = self.nodes.len();
        }
    }

    /// Enters an item again, which may have got an identity.
    pub(super) fn reenter(&mut self, at: usize) {
        if at < self.entered {
            self.enter_at(at);
        }
    }

    fn enter_at(&mut self, at: usize) {
        let Some(node) = self.nodes.get(at) else { return };
        let members = IDENTITY
            .iter()
            .filter_map(|name| Some((*name, node.member(name)?)));
        let whole = node.raw().map(|raw| ("", raw));
        for (name, json) in members.chain(whole) {
            let positions = self.positions.entry(self.hashes.hash_one((name, json)));
            positions.or_insert(Positions::One(at)).insert(at);
        }
    }

    /// The last item whose member of this name has this JSON, and that matches.
    pub(super) fn find(
        &self,
        name: &'static str,
        json: &str,
        is_match: impl Fn(&T) -> bool,
    ) -> Option<usize> {
        if self.nodes.len() <= FEW {
            let is_match = |node: &T| node.member(name) == Some(json) && is_match(node);
            return self.nodes.iter().rposition(is_match);
        }
        let mut last = self.positions_of(name, json).iter().rev().take(MOST_COMPARED);
        last.find(|at| {
            let node = self.get(**at);
            node.is_some_and(|node| node.member(name) == Some(json) && is_match(node))
        })
        .copied()
    }

    fn positions_of(&self, name: &str, json: &str) -> &[usize] {
        let positions = self.positions.get(&self.hashes.hash_one((name, json)));
        positions.map_or(&[], Positions::as_slice)
    }

    /// Whether the list has this very item.
    pub(super) fn has_raw(&self, raw: &RawValue) -> bool {
        if self.nodes.len() <= FEW {
            let mut nodes = self.nodes.iter();
            return nodes.any(|node| node.raw() == Some(raw.get()));
        }
        let mut positions = self.positions_of("", raw.get()).iter();
        positions.any(|at| self.get(*at).and_then(Item::raw) == Some(raw.get()))
    }
}

impl<T> From<Vec<T>> for Items<T> {
    fn from(nodes: Vec<T>) -> Self {
        Self {
            nodes,
            positions: HashMap::new(),
            hashes: RandomState::new(),
            entered: 0,
        }
    }
}

impl<T> Default for Items<T> {
    fn default() -> Self {
        Vec::new().into()
    }
}
