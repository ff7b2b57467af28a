//! JSON as the contracts want it: read strictly, written canonically.

mod canonical;
mod strict;

pub(crate) use canonical::{is_canonical, to_canonical, write_canonical};
pub(crate) use strict::{parse, pointer_part};
