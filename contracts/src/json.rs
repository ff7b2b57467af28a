//! JSON as the contracts want it: read strictly, written canonically.

mod canonical;
mod strict;

pub use canonical::{is_canonical, to_canonical, write_canonical};
pub use strict::{parse, pointer_part};
