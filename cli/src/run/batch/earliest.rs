//! The earliest of several times.

use std::time::Instant;

/// The earliest of several times.
#[derive(Debug, Default)]
pub(super) struct Earliest(Option<Instant>);

impl Earliest {
    pub(super) const fn get(&self) -> Option<Instant> {
        self.0
    }

    pub(super) fn or(&mut self, other: Option<Instant>) {
        self.0 = match (self.0, other) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
}
