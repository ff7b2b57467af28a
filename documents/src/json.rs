//! JSON, parsed strictly and written canonically (`docs/spec.md#canonical-json`).

mod canonical;
mod node;
mod strict;

pub use canonical::{Order, to_bytes, to_canonical, to_ordered, write};
pub use node::{MAX_SAFE_INTEGER, Members, Node, is_canonical};
pub use strict::{parse, pointer_part};
