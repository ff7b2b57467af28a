//! The numbers of some lines, the first ones of which are named.

use std::collections::BTreeSet;
use std::fmt;

/// How many are named.
const NAMED: usize = 10;

/// Lines by their numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct LineNumbers(BTreeSet<u64>);

impl LineNumbers {
    pub(super) fn add(&mut self, number: u64) {
        self.0.insert(number);
    }

    pub(super) fn count(&self) -> u64 {
        self.0.len() as u64
    }
}

impl fmt::Display for LineNumbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noun = if self.0.len() == 1 { "line" } else { "lines" };
        let named: Vec<_> = self.0.iter().take(NAMED).map(u64::to_string).collect();
        let rest = if self.0.len() > NAMED { ", ..." } else { "" };
        write!(f, "{noun} {}{rest}", named.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_first_ten() {
        let mut lines = LineNumbers::default();
        lines.add(7);
        assert_eq!(lines.to_string(), "line 7");
        for number in (1..=11).rev() {
            lines.add(number);
        }
        assert_eq!(lines.count(), 11);
        assert_eq!(lines.to_string(), "lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ...");
    }
}
