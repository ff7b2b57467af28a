//! A search in bytes that come in pieces, as they are and with their escapes undone.

use super::unescape::Unescape;

/// JSON in JSON in JSON.
const DEEPEST: usize = 3;

/// A search for forms of at most `overlap` bytes and one.
#[derive(Debug)]
pub(super) struct Search {
    overlap: usize,
    depth: usize,
    /// What the next piece may go on from.
    tail: Vec<u8>,
    /// From the first backslash on; before it, the decoded text would be the same.
    decoded: Option<Box<(Unescape, Self)>>,
}

impl Search {
    pub(super) const fn new(overlap: usize) -> Self {
        Self {
            overlap,
            depth: 0,
            tail: Vec::new(),
            decoded: None,
        }
    }

    /// What `find` finds in the next piece, at any depth.
    pub(super) fn find<T>(&mut self, piece: &[u8], find: &dyn Fn(&[u8]) -> Option<T>) -> Option<T> {
        if self.decoded.is_none() && self.depth < DEEPEST && piece.contains(&b'\\') {
            let deeper = Self {
                depth: self.depth + 1,
                tail: self.tail.clone(),
                ..Self::new(self.overlap)
            };
            self.decoded = Some(Box::new((Unescape::default(), deeper)));
        }
        self.tail.extend_from_slice(piece);
        let found = find(&self.tail);
        if found.is_some() {
            return found;
        }
        let kept = self.tail.len().saturating_sub(self.overlap);
        self.tail.drain(..kept);
        let (unescape, deeper) = &mut **self.decoded.as_mut()?;
        deeper.find(&unescape.decode(piece), find)
    }
}
