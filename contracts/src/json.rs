//! JSON as the contracts want it: read strictly, written canonically.

mod canonical;
mod node;
mod strict;

pub use canonical::{Order, to_bytes, to_canonical, to_ordered, write};
pub use node::{Members, Node, is_canonical};
pub use strict::{parse, pointer_part};
