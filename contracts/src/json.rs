//! JSON as the contracts want it: read strictly, written canonically.

mod canonical;
mod strict;

pub use canonical::{is_canonical, to_canonical, to_ordered, write_canonical, write_ordered};
pub use strict::{parse, pointer_part};
