//! The execution ids of a batch's lines: a line is known by what it asks (`docs/spec.md#batches`).

use std::collections::HashMap;

use documents::ProcessorRef;
use documents::hash::sha256;
use documents::inputs::Hashes;

/// How much an id is longer than the batch's name: `-`, 16 digits, `-` and the number among equal lines.
pub(super) const ADDED: usize = 1 + DIGITS + 1 + 10;
/// The digits of a key.
const DIGITS: usize = 16;

/// What a line asks of which processor: the first 16 hex digits of a hash over both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key(u64);

/// What a line asks, and which of the lines that ask the same it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LineId {
    pub(super) key: Key,
    /// From 1, in the order of the file.
    nth: u32,
}

/// The ids of all lines, in the order of the file: 8 bytes a line.
#[derive(Debug)]
pub(super) struct Ids {
    keys: Vec<Key>,
    /// The keys of more than one line, and how many of them have had their turn.
    repeated: HashMap<Key, u32>,
    next: usize,
    /// How many lines get a turn.
    limit: usize,
}

impl Key {
    pub(super) fn new(processor_ref: &ProcessorRef, hashes: &Hashes) -> Self {
        let hash = sha256(format!("{processor_ref}\0{}", hashes.inputs_sha256).as_bytes());
        let digits = hash.get(..DIGITS).unwrap_or_default();
        Self(u64::from_str_radix(digits, 16).unwrap_or_default()) // they are hexadecimal digits
    }
}

impl LineId {
    /// The n-th of the lines with this key, from 1.
    pub(super) const fn nth(key: Key, nth: u32) -> Self {
        Self { key, nth }
    }

    /// The execution id of the line in a batch of this name.
    pub(super) fn in_batch(self, name: &str) -> String {
        let Self { key: Key(key), nth } = self;
        if nth > 1 {
            format!("{name}-{key:016x}-{nth}")
        } else {
            format!("{name}-{key:016x}")
        }
    }
}

impl Ids {
    /// The ids of lines with these keys.
    pub(super) fn new(keys: Vec<Key>) -> Self {
        let mut sorted = keys.clone();
        sorted.sort_unstable();
        let pairs = sorted.windows(2);
        let repeated = pairs.filter_map(|pair| match pair {
            [one, other] if one == other => Some((*one, 0)),
            _ => None,
        });
        Self {
            repeated: repeated.collect(),
            limit: keys.len(),
            keys,
            next: 0,
        }
    }

    /// The id of the next line; `None` after the last one.
    pub(super) fn next(&mut self) -> Option<LineId> {
        let key = *self.keys.get(..self.limit)?.get(self.next)?;
        self.next += 1;
        Some(turn(key, &mut self.repeated))
    }

    /// All ids, while no line has had its turn.
    pub(super) fn all(&self) -> impl Iterator<Item = LineId> {
        let mut repeated = self.repeated.clone();
        self.keys.iter().map(move |key| turn(*key, &mut repeated))
    }

    /// Gives only so many lines a turn.
    pub(super) fn limited(mut self, limit: usize) -> Self {
        self.limit = self.limit.min(limit);
        self
    }

    /// How many lines have not had their turn.
    pub(super) const fn left(&self) -> usize {
        self.limit - self.next
    }
}

/// The id of the next line with this key.
fn turn(key: Key, repeated: &mut HashMap<Key, u32>) -> LineId {
    let nth = match repeated.get_mut(&key) {
        Some(count) => {
            *count += 1;
            *count
        }
        None => 1,
    };
    LineId { key, nth }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_lines_are_numbered_in_their_order() {
        let mut ids = Ids::new([7, 1, 7, 2, 7].map(Key).into());
        let mut all = Vec::new();
        while let Some(id) = ids.next() {
            all.push(id.in_batch("b"));
        }
        assert_eq!(
            all,
            [
                "b-0000000000000007",
                "b-0000000000000001",
                "b-0000000000000007-2",
                "b-0000000000000002",
                "b-0000000000000007-3",
            ]
        );
        assert_eq!(ids.left(), 0);
    }

    #[test]
    fn an_id_is_as_the_specification_says() {
        let processor_ref = ProcessorRef::parse("test/probe@1").unwrap();
        let hashes = documents::inputs::parse(b"{}").unwrap().hashes;
        let hash = sha256(
            [b"test/probe@1\0", hashes.inputs_sha256.as_bytes()]
                .concat()
                .as_slice(),
        );
        let mut ids = Ids::new(vec![Key::new(&processor_ref, &hashes)]);
        assert_eq!(ids.next().unwrap().in_batch("b"), format!("b-{}", &hash[..16]));
    }
}
